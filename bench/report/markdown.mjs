// The report as GitHub Markdown: a table for each number of threads, a row a workload, a column a system.
import { unitOf, workloads } from '../workloads.mjs'

const digits = (value) =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toPrecision(2)
const short = (value) => {
  if (value >= 999500) return `${digits(value / 1e6)}M`
  return value >= 9995 ? `${digits(value / 1e3)}k` : value.toFixed(0)
}
const inTable = (text) => String(text).replaceAll('|', '\\|').replaceAll('\n', ' ')

function table(head, rows) {
  const line = (cells) => `| ${cells.map(inTable).join(' | ')} |`
  return [line(head), `|---|${'---:|'.repeat(head.length - 1)}`, ...rows.map(line)].join('\n')
}

const unique = (values) => [...new Set(values)]

/** One table: systems across, workloads down, `show` says what stands in a cell. */
function matrix(results, names, show) {
  const systems = unique(results.map(({ system }) => system))
  const rows = names.map((name) => {
    const cells = systems.map((system) => {
      const found = results.find((result) => result.workload === name && result.system === system)
      return found ? show(found) : '–'
    })
    return [name, ...cells]
  })
  return table(['', ...systems], rows)
}

const time = ({ ms, limited }) => {
  const range = ms.samples.length > 1 ? ` (${digits(ms.min)}–${digits(ms.max)})` : ''
  return digits(ms.median) + range + (limited ? ' *' : '')
}

/** How many times faster each of ours was than each peer. */
function comparison(results, names) {
  const ours = results.filter(({ against }) => against)
  const systems = unique(ours.map(({ system }) => system))
  const sections = systems.map((system) => {
    const own = ours.filter((result) => result.system === system)
    const peers = unique(own.flatMap(({ against }) => Object.keys(against)))
    const rows = names.flatMap((name) => {
      const found = own.find((result) => result.workload === name)
      if (!found) return []
      return [[name, ...peers.map((peer) => (found.against[peer] ? `${digits(found.against[peer])}×` : '–'))]]
    })
    return table([system, ...peers], rows)
  })
  return sections.join('\n\n')
}

function machineLines({ machine, date, version, commit, rounds, seconds, loads }) {
  const { cpu, cores, instructionSets, caches, memoryGiB, node, platform } = machine
  const cacheText = caches
    ? `; ${Object.entries(caches)
        .map(([level, size]) => `${level} ${size}`)
        .join(', ')}`
    : ''
  const all = loads.flatMap(({ rounds: list }) => list.flatMap(({ before, after }) => [before, after]))
  const load = all.length > 0 ? ` Load ${Math.min(...all)} to ${Math.max(...all)}.` : ''
  return [
    `${date.slice(0, 10)}, Reprise ${version}${commit ? ` (${commit})` : ''}, Node ${node}, ${platform}.`,
    `${cpu}, ${cores} processors${cacheText}; ${memoryGiB} GiB.`,
    instructionSets ? `${instructionSets.join(' ')}.` : '',
    `${rounds} rounds of at least ${seconds} s for each cell, interleaved.${load}`,
  ].filter(Boolean)
}

export function markdown(report) {
  const { results, skipped, bestProducts } = report
  const names = unique(results.map(({ workload }) => workload))
  const parts = ['# Reprise beside its peers', machineLines(report).join('  \n')]
  if (report.baseline) parts.push(`![Speed relative to ${report.baseline}](${report.name}.svg)`)
  for (const threads of unique(results.map((result) => result.threads)).sort((a, b) => a - b)) {
    const own = results.filter((result) => result.threads === threads)
    const title = `${threads} ${threads === 1 ? 'thread' : 'threads'}`
    parts.push(`## ${title}`, '### ms: median (smallest–largest)', matrix(own, names, time))
    const compared = comparison(own, names)
    if (compared) parts.push('### How many times faster than each peer (ratio of medians)', compared)
    const rate = ({ gflops, tokensPerSecond }) => `${digits(gflops)}; ${short(tokensPerSecond)}`
    parts.push('### Useful GFLOP/s; tokens/s', matrix(own, names, rate))
    const shares = own.filter(({ ofBestProduct }) => ofBestProduct)
    if (shares.length > 0) {
      const best = bestProducts.filter((product) => product.threads === threads)
      const seen = best.map(({ engine, gflops }) => `${engine} ${digits(gflops)}`).join(', ')
      parts.push(
        `### Part of the best matrix product seen (GFLOP/s: ${seen})`,
        matrix(shares, names, ({ ofBestProduct }) => `${Math.round(ofBestProduct * 100)} %`),
      )
    }
  }
  const lines = names.map((name) => `- ${name}: ${workloads[name].what}; ms for ${unitOf(workloads[name])}`)
  parts.push('## Workloads', lines.join('\n'))
  const limited = results.filter((result) => result.limited)
  if (limited.length > 0) {
    const text = limited.map(
      (one) => `- \\* ${one.workload}, ${one.system}, ${one.threads} threads: ${one.limited}`,
    )
    parts.push('## Fewer samples', text.join('\n'))
  }
  const versions = unique(
    results.map((one) =>
      one.version ? `${one.system} ${one.version}` : one.isa ? `${one.engine} on ${one.isa}` : '',
    ),
  ).filter(Boolean)
  if (versions.length > 0) parts.push(`Versions: ${versions.join(', ')}.`)
  if (skipped.length > 0) parts.push('## Left out', leftOut(skipped))
  return `${parts.join('\n\n')}\n`
}

/** Reasons, each once, with what they hold for. */
function leftOut(skipped) {
  const byReason = new Map()
  for (const { workload, system, reason } of skipped) {
    const key = `${system}: ${reason}`
    byReason.set(key, [...(byReason.get(key) ?? []), workload].filter(Boolean))
  }
  return [...byReason]
    .map(([key, where]) => `- ${key}${where.length ? `: ${unique(where).join(', ')}` : ''}`)
    .join('\n')
}
