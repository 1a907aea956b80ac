import { crfKernels } from './crf.js'
import { elementwiseKernels } from './elementwise.js'
import { embeddingKernels } from './embedding.js'
import { gemmKernels } from './gemm.js'
import { gruKernels } from './gru.js'
import type { ReferenceKernels } from './kernels.js'
import { lstmKernels } from './lstm.js'
import { optimizerKernels } from './optimizer.js'
import { quantizedKernels } from './quantized.js'
import { randomKernels } from './random.js'
import { rowsKernels } from './rows.js'
import { simpleRnnKernels } from './simple-rnn.js'
import { softmaxKernels } from './softmax.js'
import { vocabularyKernels } from './vocabulary.js'

/** Every command of the manifest. */
export const referenceKernels: ReferenceKernels = {
  ...elementwiseKernels,
  ...gemmKernels,
  ...embeddingKernels,
  ...rowsKernels,
  ...vocabularyKernels,
  ...softmaxKernels,
  ...crfKernels,
  ...quantizedKernels,
  ...randomKernels,
  ...simpleRnnKernels,
  ...lstmKernels,
  ...gruKernels,
  ...optimizerKernels,
}
