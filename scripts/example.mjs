// Compiles the examples and runs one:  npm run example -- NAME [FILE] [--small] [--epochs N]
// Without a name it lists them.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildExamples, root } from './build-examples.mjs'

const folder = join(root, 'examples')
const names = readdirSync(folder).flatMap((file) => /^(.+)\.ts$/.exec(file)?.[1] ?? [])
const [given, ...args] = process.argv.slice(2)
const name = given?.replace(/^(.*\/)?([^/]+?)(\.ts)?$/, '$2')

if (name === undefined || !names.includes(name)) {
  const width = Math.max(...names.map(({ length }) => length))
  const about = (file) =>
    readFileSync(join(folder, `${file}.ts`), 'utf8')
      .split('\n', 1)[0]
      .replace(/^\/\/ /, '')
  const isHelp = name === undefined || name === '--help'
  if (!isHelp) console.error(`There is no example "${name}".`)
  console.error('npm run example -- NAME [FILE] [--small] [--epochs N], with NAME one of\n')
  for (const known of names) console.log(`${known.padEnd(width)}  ${about(known)}`)
  process.exit(isHelp ? 0 : 2)
}
if (!existsSync(join(root, 'dist/index.js'))) {
  console.error('Reprise is not built yet; run npm install first.')
  process.exit(1)
}
buildExamples()
const child = spawn(process.execPath, [join(root, `build/examples/${name}.js`), ...args], {
  stdio: 'inherit',
  cwd: process.env.INIT_CWD ?? process.cwd(), // where npm was called; npm itself moves to the root
})
// Ctrl-C is for the example, which ends its training and goes on.
process.on('SIGINT', () => {})
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
})
