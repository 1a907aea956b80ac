// Runs when the package is installed: builds the native engine if it can, and never makes the installation fail.
// Without it Reprise runs on WebAssembly.
import { buildNative } from './build-native.mjs'

try {
  await buildNative()
} catch (error) {
  console.log(
    `reprise: runs on WebAssembly, the native engine was not built: ${error.message}. Then: npm rebuild reprise`,
  )
}
