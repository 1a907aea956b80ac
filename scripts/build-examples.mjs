// Compiles examples/ to build/examples, and the TypeScript of docs/keras.md, one module a section, to build/snippets.
// Both see the package as a user does, through its name and dist/.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const require = createRequire(import.meta.url)

export function buildExamples() {
  // What an example imports: the package as Node reads it, joined anew in case only the modules were compiled.
  const joined = spawnSync(process.execPath, ['scripts/build-node.mjs'], { cwd: root, stdio: 'inherit' })
  if (joined.status !== 0) process.exit(joined.status ?? 1)
  compile('tsconfig.examples.json')
}

/**
 * The blocks of a section go on from each other, so they become one module with their imports joined. Long trainings are
 * cut short: the tests run what comes out.
 */
export function buildSnippets() {
  const folder = join(root, 'build/snippets')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'source'), { recursive: true })
  const page = readFileSync(join(root, 'docs/keras.md'), 'utf8')
  for (const section of page.split(/^## /m).slice(1)) {
    const title = section.slice(0, section.indexOf('\n'))
    const blocks = [...section.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code)
    if (blocks.length > 0) writeFileSync(join(folder, 'source', `${slug(title)}.ts`), asModule(blocks))
  }
  const settings = {
    extends: '../../tsconfig.examples.json',
    compilerOptions: { rootDir: 'source', outDir: 'compiled', incremental: false, tsBuildInfoFile: null },
    include: ['source'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  compile('build/snippets/tsconfig.json')
}

const slug = (title) => title.toLowerCase().replace(/[^a-z0-9]+/g, '-')

function asModule(blocks) {
  const names = new Set()
  const code = blocks.map((block) =>
    block.replace(/^import \{ (.*) \} from 'reprise'\n/gm, (_, list) => {
      for (const name of list.split(', ')) names.add(name)
      return ''
    }),
  )
  const imports = names.size ? `import { ${[...names].sort().join(', ')} } from 'reprise'\n` : 'export {}\n'
  return (imports + code.join('\n')).replaceAll('epochs: 50', 'epochs: 3')
}

function compile(project) {
  const folder = dirname(require.resolve('typescript/package.json'))
  const compiler = join(folder, require('typescript/package.json').bin.tsc)
  const { status } = spawnSync(process.execPath, [compiler, '-p', project], { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!existsSync(join(root, 'dist/index.d.ts'))) {
    console.error('Reprise is not built yet; run npm install first.')
    process.exit(1)
  }
  buildExamples()
  buildSnippets()
}
