// What callbacks that write need of the file system.
export { appendFile, readFile, writeFile } from 'node:fs/promises'
