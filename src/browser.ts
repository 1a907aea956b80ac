// What `dist/browser/reprise.js` exports: the library, its engine and language models. `dist/browser/tasks.js` has everything; a
// page that only generates text does not pay for classifiers and taggers.
export * from './index.js'
export { LanguageModel } from './tasks/language-model/language-model.js'
export { LanguageModelState } from './tasks/language-model/stepper.js'
export { trainLanguageModel } from './tasks/language-model/train.js'
