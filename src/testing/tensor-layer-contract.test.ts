import { layerContract } from './layer-contract.js'
import { tensorLayerRows } from './tensor-layer-rows.js'

for (const row of tensorLayerRows) layerContract(row)
