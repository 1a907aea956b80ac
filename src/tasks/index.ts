export * from './language-model/index.js'
