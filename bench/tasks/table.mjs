// The comparison of tasks as GitHub Markdown.
const short = (value) => (value >= 10_000 ? `${Math.round(value / 1000)}k` : value.toLocaleString('en'))
const unique = (list) => [...new Set(list)]

/** Tokens a second by task: a row a system, a column for each kind of work and number of threads. */
export function asMarkdown({ date, commit, machine, results }) {
  const sections = unique(results.map(({ task }) => task)).map((task) => {
    const own = results.filter((result) => result.task === task)
    const columns = unique(
      own.map(({ what, threads }) => `${what}, ${threads} thread${threads > 1 ? 's' : ''}`),
    )
      .sort()
      .reverse()
    const rows = unique(own.map(({ system }) => system)).map((system) => {
      const cells = columns.map((column) => {
        const found = own.find(
          (result) => result.system === system && column.startsWith(`${result.what}, ${result.threads} `),
        )
        if (!found) return '–'
        const { median, min, max, samples } = found.tokensPerSecond
        return samples.length > 1 ? `${short(median)} (${short(min)}–${short(max)})` : short(median)
      })
      const { version } = own.find((result) => result.system === system)
      return `| ${system}${version ? ` (${version})` : ''} | ${cells.join(' | ')} |`
    })
    return `## ${task}\n\n| tokens a second | ${columns.join(' | ')} |\n|---|${'---:|'.repeat(columns.length)}\n${rows.join('\n')}\n`
  })
  return `# Tasks beside other systems\n\n${machine.cpu}, ${machine.cores} cores; Node ${machine.node}; commit ${commit}; ${date.slice(0, 10)}. Median (least–most).\n\n${sections.join('\n')}`
}
