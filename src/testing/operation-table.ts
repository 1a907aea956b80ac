import type { OperationRow } from './operation-row.js'
import { crfRows } from './rows/crf.js'
import { elementwiseRows } from './rows/elementwise.js'
import { embeddingRows } from './rows/embedding.js'
import { gemmRows } from './rows/gemm.js'
import { optimizerRows } from './rows/optimizer.js'
import { quantizedRows } from './rows/quantized.js'
import { randomRows } from './rows/random.js'
import { recurrentRows } from './rows/recurrent.js'
import { rowsRows } from './rows/rows.js'
import { softmaxRows } from './rows/softmax.js'
import { vocabularyRows } from './rows/vocabulary.js'

/**
 * The operation table: every command with every interesting set of options, described once. From it come the parity
 * test between engines and the finite-difference test of gradients; a benchmark or a support table may read it too.
 */
export const operationTable: readonly OperationRow[] = [
  ...elementwiseRows,
  ...gemmRows,
  ...embeddingRows,
  ...rowsRows,
  ...vocabularyRows,
  ...softmaxRows,
  ...crfRows,
  ...quantizedRows,
  ...randomRows,
  ...recurrentRows,
  ...optimizerRows,
]
