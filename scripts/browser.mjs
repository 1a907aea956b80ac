// Serves the example page, in which the demo's model trains in a Web Worker: examples/browser, the bundled library, the novel.
//   npm run browser [-- --port N] [--no-isolation]
// Threads need shared memory, which pages get that are cross-origin isolated: two headers, left out with --no-isolation.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildBrowser } from './build-browser.mjs'
import { mobyDick } from './moby-dick.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { values } = parseArgs({
  options: { port: { type: 'string', default: '8080' }, 'no-isolation': { type: 'boolean', default: false } },
})
if (!existsSync(join(root, 'dist/index.js'))) {
  console.error('Reprise is not built yet; run npm install first.')
  process.exit(1)
}
await buildBrowser()

const types = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.txt': 'text/plain',
  '.wasm': 'application/wasm',
}

/** Address → what reads it. Nothing else is served. */
const files = new Map([
  ['/demo-settings.mjs', () => readFileSync(join(root, 'scripts/demo-settings.mjs'))],
  ['/moby-dick.txt', () => mobyDick()],
])
function serveFolder(address, folder) {
  for (const name of readdirSync(folder)) files.set(address + name, () => readFileSync(join(folder, name)))
}
serveFolder('/', join(root, 'examples/browser'))
serveFolder('/reprise/', join(root, 'dist/browser'))

const isolation = values['no-isolation']
  ? {}
  : { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  const name = pathname === '/' ? '/index.html' : pathname
  const read = files.get(name)
  if (!read) {
    response.writeHead(404).end()
    return
  }
  const type = `${types[extname(name)] ?? 'application/octet-stream'}; charset=utf-8`
  response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'no-store', ...isolation }).end(read())
})
server.listen(Number(values.port), 'localhost', () => {
  console.log(`http://localhost:${server.address().port}/`)
})
