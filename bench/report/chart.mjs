// The chart: for every workload and number of threads, how fast each system is relative to one of them, on a log scale. A dot is
// the median, a line from the slowest sample to the fastest.
const ours = ['#0b5394', '#3d85c6', '#0097a7', '#26a69a', '#5e35b1', '#8e63ce', '#455a64']
const theirs = [
  '#b45309',
  '#d97706',
  '#dc2626',
  '#f87171',
  '#9d174d',
  '#ec4899',
  '#65a30d',
  '#a16207',
  '#737373',
  '#1c1917',
]

/** The system others are shown against: Reprise on the native engine in float32, else the first one measured. */
export const baselineOf = (results) =>
  (results.find(({ system }) => system === 'native') ?? results.find(({ engine }) => engine !== 'reference'))
    ?.system

function points(results, baseline, systems) {
  return results.flatMap(({ workload, system, kind, threads, ms }) => {
    const own = results.filter((one) => one.workload === workload && one.system === baseline)
    const base = own.find((one) => one.threads === threads)
    if (!base) return []
    const relative = (value) => base.ms.median / value
    return [
      {
        workload,
        system,
        kind,
        panel: `${threads} ${threads === 1 ? 'thread' : 'threads'}`,
        place: systems.indexOf(system),
        speed: relative(ms.median),
        slowest: relative(ms.max),
        fastest: relative(ms.min),
      },
    ]
  })
}

function specification(results, baseline) {
  const unique = (list) => [...new Set(list)]
  const shown = results.filter(({ engine }) => engine !== 'reference') // it would squeeze the others together
  const systems = unique(shown.map(({ system }) => system))
  const values = points(shown, baseline, systems)
  const names = unique(values.map(({ workload }) => workload))
  const panels = unique(values.map(({ panel }) => panel)).sort(
    (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10),
  )
  const kindOf = (name) => shown.find(({ system }) => system === name).kind
  const engines = systems.filter((name) => kindOf(name) === 'engine')
  const colour = (name) => {
    const [list, palette] =
      kindOf(name) === 'engine' ? [engines, ours] : [systems.filter((one) => !engines.includes(one)), theirs]
    return palette[list.indexOf(name) % palette.length]
  }
  const band = Math.max(28, systems.length * 6 + 10)
  const lowest = Math.min(0.5, ...values.map(({ slowest }) => slowest))
  const highest = Math.max(2, ...values.map(({ fastest }) => fastest))
  const x = (field) => ({ scale: 'speed', field })
  const y = {
    signal: `scale('workload', datum.workload) + 8 + datum.place * ${(band - 16) / Math.max(1, systems.length - 1)}`,
  }
  const color = { scale: 'color', field: 'system' }
  return {
    $schema: 'https://vega.github.io/schema/vega/v6.json',
    description: `Speed relative to ${baseline}, by workload and threads`,
    background: 'white',
    padding: 10,
    config: { axis: { labelFontSize: 11, titleFontSize: 12 }, legend: { labelFontSize: 11 } },
    title: {
      text: `Speed relative to ${baseline} (×, log scale; right is faster)`,
      anchor: 'start',
      fontSize: 14,
    },
    data: [
      { name: 'points', values },
      { name: 'workloads', values: names },
    ],
    scales: [{ name: 'color', type: 'ordinal', domain: systems, range: systems.map(colour) }],
    legends: [{ fill: 'color', symbolType: 'circle' }],
    layout: { padding: 24, columns: panels.length, bounds: 'full', align: 'each' },
    marks: panels.map((panel) => ({
      type: 'group',
      title: { text: panel, fontSize: 12 },
      encode: {
        enter: { width: { value: 380 }, height: { value: names.length * band }, stroke: { value: '#bbb' } },
      },
      data: [
        {
          name: 'own',
          source: 'points',
          transform: [{ type: 'filter', expr: `datum.panel === ${JSON.stringify(panel)}` }],
        },
      ],
      scales: [
        { name: 'speed', type: 'log', domain: [lowest, highest], range: [0, 380], nice: true },
        { name: 'workload', type: 'band', domain: names, range: [0, names.length * band] },
      ],
      axes: [
        { orient: 'bottom', scale: 'speed', grid: true, format: '~r', tickCount: 6, labelOverlap: true },
        { orient: 'left', scale: 'workload', ticks: false },
      ],
      marks: [
        {
          type: 'rule',
          from: { data: 'workloads' },
          encode: {
            enter: {
              x: { value: 0 },
              x2: { value: 380 },
              y: { scale: 'workload', field: 'data' },
              stroke: { value: '#bbb' },
            },
          },
        },
        {
          type: 'rule',
          encode: {
            enter: {
              x: { scale: 'speed', value: 1 },
              y: { value: 0 },
              y2: { value: names.length * band },
              stroke: { value: '#555' },
              strokeDash: { value: [4, 3] },
            },
          },
        },
        {
          type: 'rule',
          from: { data: 'own' },
          encode: { enter: { x: x('slowest'), x2: x('fastest'), y, stroke: color } },
        },
        {
          type: 'symbol',
          from: { data: 'own' },
          encode: {
            enter: {
              x: x('speed'),
              y,
              fill: color,
              shape: { signal: "datum.kind === 'engine' ? 'diamond' : 'circle'" },
              size: { signal: "datum.kind === 'engine' ? 70 : 36" },
              tooltip: { signal: "datum.system + ' ' + format(datum.speed, '.3r') + '×'" },
            },
          },
        },
      ],
    })),
  }
}

/** The chart as SVG text. Throws when the development dependency `vega` is not installed. */
export async function chart(results, baseline) {
  const { parse, View, Warn } = await import('vega')
  const view = new View(parse(specification(results, baseline)), { renderer: 'none', logLevel: Warn })
  try {
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}
