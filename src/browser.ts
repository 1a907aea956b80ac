// What `dist/browser/reprise.js` exports: both entries of the package in one, since a page pays for every cut between files.
export * from './index.js'
export * from './tasks/index.js'
