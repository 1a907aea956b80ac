// What `dist/browser/tasks.js` exports: both entries of the package in one. A page loads this or reprise.js, not both.
export * from './index.js'
export * from './tasks/index.js'
