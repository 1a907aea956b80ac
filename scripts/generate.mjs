// Writes what follows from kernels/manifest.mjs: the C argument structs and dispatch table, the TypeScript command
// specifications and the table in the docs. `--check` changes nothing and fails when a file is out of date.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commands, enums } from '../kernels/manifest.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const notice = 'Generated from kernels/manifest.mjs by scripts/generate.mjs. Do not edit.'
const pascal = (name) => name[0].toUpperCase() + name.slice(1)
const scalars = (command) => command.args.filter((a) => a.kind !== 'tensor').map((a) => a.name)
/** Scalars as members of `a.` in a formula. */
const over = (formula, command, prefix) =>
  scalars(command)
    .sort((p, q) => q.length - p.length)
    .reduce(
      (text, name) => text.replace(new RegExp(`(?<![\\w.])${name}(?![\\w])`, 'g'), `${prefix}${name}`),
      formula,
    )

function cHeader() {
  const type = { f32: 'float', i32: 'int32_t', u32: 'uint32_t' }
  const lines = [
    `// ${notice}`,
    '// Every argument takes eight bytes, so that a host can fill a struct from program words knowing only the signature:',
    "// 't' tensor address, 'i' 64-bit integer, 'f' float (low half of its slot).",
    '#pragma once',
    '#include <stddef.h>',
    '#include <stdint.h>',
    '',
  ]
  for (const [name, { doc, values }] of Object.entries(enums)) {
    lines.push(`// ${doc}`, `enum ${name} : int64_t {`)
    values.forEach((value, index) => {
      lines.push(`  k${name}${pascal(value)} = ${index},`)
    })
    lines.push('};', '')
  }
  for (const command of commands) {
    lines.push(`// ${command.doc}`, `struct ${pascal(command.name)}Args {`)
    for (const a of command.args) {
      const declared =
        a.kind === 'tensor'
          ? `${a.access === 'in' ? 'const ' : ''}${type[a.dtype]}* ${a.name}`
          : `${a.kind === 'int' ? 'int64_t' : 'float'} ${a.name}`
      lines.push(`  alignas(8) ${declared};  // ${a.kind === 'tensor' ? `${a.shape} ` : ''}${a.doc}`)
    }
    lines.push('};')
    lines.push(
      `static_assert(sizeof(${pascal(command.name)}Args) == ${8 * command.args.length}, "one slot per argument");`,
    )
    for (const [name, formula] of Object.entries(command.sizes ?? {})) {
      lines.push(
        `static inline int64_t ${command.name}${pascal(name)}Length(const ${pascal(command.name)}Args& a) { return ${over(formula, command, 'a.')}; }`,
      )
    }
    lines.push('')
  }
  lines.push(
    '// REPRISE_COMMANDS(X): X(name, Name, "signature", hasScratch) for every command in opcode order.',
  )
  lines.push('#define REPRISE_COMMANDS(X) \\')
  commands.forEach((command, index) => {
    const signature = command.args.map((a) => ({ tensor: 't', int: 'i', float: 'f' })[a.kind]).join('')
    const end = index === commands.length - 1 ? '' : ' \\'
    lines.push(
      `  X(${command.name}, ${pascal(command.name)}, "${signature}", ${command.scratch ? 1 : 0})${end}`,
    )
  })
  lines.push('', `enum { kCommandCount = ${commands.length} };`, '')
  return lines.join('\n')
}

function typescript() {
  const array = { f32: 'Float32Array', i32: 'Int32Array', u32: 'Uint32Array' }
  const lines = [`// ${notice}`, '']
  for (const [name, { doc, values }] of Object.entries(enums)) {
    lines.push(`/** ${doc} */`, `export const ${name} = {`)
    values.forEach((value, index) => {
      lines.push(`  ${value}: ${index},`)
    })
    lines.push('} as const', `export type ${name}Name = keyof typeof ${name}`, '')
  }
  lines.push('/** A tensor argument: a slot of the program and an offset into it, in 32-bit elements. */')
  lines.push('export interface Address {', '  readonly slot: number', '  readonly offset: number', '}', '')
  lines.push(
    '/** Arguments of every command as the compiler writes them into a program. */',
    'export interface CommandArguments {',
  )
  for (const command of commands) {
    lines.push(`  /** ${command.doc} */`, `  ${command.name}: {`)
    for (const a of command.args) {
      const optional = a.optional ? '?' : ''
      const type = a.kind === 'tensor' ? 'Address' : 'number'
      lines.push(
        `    /** ${a.kind === 'tensor' ? `${a.shape} ` : ''}${a.doc} */`,
        `    ${a.name}${optional}: ${type}${a.optional ? ' | undefined' : ''}`,
      )
    }
    lines.push('  }')
  }
  lines.push('}', '', 'export type CommandName = keyof CommandArguments', '')
  lines.push(
    '/** Arguments as a kernel of the reference engine sees them: tensors are views that start at their address. */',
  )
  lines.push('export interface KernelArguments {')
  for (const command of commands) {
    lines.push(`  ${command.name}: {`)
    for (const a of command.args) {
      const type = a.kind === 'tensor' ? array[a.dtype] : 'number'
      lines.push(`    ${a.name}: ${type}${a.optional ? ' | undefined' : ''}`)
    }
    lines.push('  }')
  }
  lines.push('}', '')
  lines.push(
    'export interface ArgumentSpec {',
    '  readonly name: string',
    "  readonly kind: 'tensor' | 'int' | 'float'",
    "  readonly dtype?: 'f32' | 'i32' | 'u32'",
    "  readonly access?: 'in' | 'out' | 'inout'",
    '  readonly optional?: boolean',
    '  readonly shape?: string',
    '}',
    '',
    'export interface CommandSpec {',
    '  readonly name: CommandName',
    '  readonly opcode: number',
    '  readonly family: string',
    '  readonly args: readonly ArgumentSpec[]',
    '  /** Floating-point operations of one run. */',
    '  readonly flops: (a: Readonly<Record<string, number>>) => number',
    '}',
    '',
    '/** Every command in opcode order. */',
    'export const commandSpecs: readonly CommandSpec[] = [',
  )
  commands.forEach((command, opcode) => {
    lines.push(
      '  {',
      `    name: '${command.name}',`,
      `    opcode: ${opcode},`,
      `    family: '${command.family}',`,
      '    args: [',
    )
    for (const { doc: _, ...a } of command.args) lines.push(`      ${JSON.stringify(a)},`)
    lines.push('    ],')
    lines.push(`    flops: ${cost(command, 'flops')},`)
    lines.push('  },')
  })
  lines.push(']', '')
  for (const command of commands) {
    for (const [name, formula] of Object.entries(command.sizes ?? {})) {
      const used = scalars(command).filter((s) => new RegExp(`(?<!\\w)${s}(?!\\w)`).test(formula))
      lines.push(`/** Elements of the \`${name}\` buffer of ${command.name}. */`)
      lines.push(
        `export function ${command.name}${pascal(name)}Length(a: { ${used.map((s) => `${s}: number`).join('; ')} }): number {`,
      )
      lines.push(`  return ${over(formula, command, 'a.')}`, '}', '')
    }
  }
  return lines.join('\n')
}

/** What a command costs, as a function of its sizes. */
function cost(command, key) {
  const formula = over(command[key], command, 'a.').replace(/a\.(\w+)/g, 'a.$1!')
  return `(${formula.includes('a.') ? 'a' : ''}) => ${formula}`
}

// A file of its own: no program needs it to run, and pages are spared it.
function traffic() {
  const lines = [
    `// ${notice}`,
    '',
    "import type { CommandName } from './commands.generated.js'",
    '',
    '/** Bytes that a command has to move at least once. */',
    'export const commandTraffic: Readonly<Record<CommandName, (a: Readonly<Record<string, number>>) => number>> = {',
    ...commands.map((command) => `  ${command.name}: ${cost(command, 'bytes')},`),
    '}',
    '',
  ]
  return lines.join('\n')
}

function docs() {
  const lines = [
    '# Commands',
    '',
    `<!-- ${notice} -->`,
    '',
    'What an engine can run. Axis letters: N batch, T time, I input features, H hidden units, V classes, M rows, K inner.',
    '',
  ]
  let family = ''
  for (const command of commands) {
    if (command.family !== family) {
      family = command.family
      lines.push(`## ${family}`, '')
    }
    lines.push(
      `### ${command.name}`,
      '',
      command.doc,
      '',
      `flops \`${command.flops}\`, bytes \`${command.bytes}\``,
      '',
      '| argument | kind | shape | meaning |',
      '|---|---|---|---|',
    )
    for (const a of command.args) {
      lines.push(
        `| ${a.name} | ${a.kind === 'tensor' ? `${a.access} ${a.dtype}${a.optional ? ', optional' : ''}` : a.kind} | ${a.shape ?? ''} | ${a.doc.replaceAll('|', '\\|')} |`,
      )
    }
    lines.push('')
  }
  return lines.join('\n')
}

const files = {
  'kernels/generated/commands.h': cHeader(),
  'src/engine/commands.generated.ts': typescript(),
  'src/engine/command-traffic.generated.ts': traffic(),
  'docs/commands.md': docs(),
}
const check = process.argv.includes('--check')
let stale = 0
for (const [path, text] of Object.entries(files)) {
  const target = join(root, path)
  let old = ''
  try {
    old = readFileSync(target, 'utf8')
  } catch {}
  if (old === text) continue
  if (check) {
    console.error(`${path} is out of date: run npm run generate`)
    stale++
  } else {
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, text)
    console.error(`wrote ${path}`)
  }
}
process.exitCode = stale ? 1 : 0
