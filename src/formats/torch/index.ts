export { readTorch } from './read-torch.js'
export { type TorchOptions, torchDescription } from './torch-description.js'
export { describeModule, type TorchFile, type TorchModule } from './torch-module.js'
