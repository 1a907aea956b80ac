// Loaded before every test file: property tests draw the same cases each time, so that a run can be repeated. Another seed
// explores others: FC_SEED=7 npm test.
if (process.argv[1]?.endsWith('.test.js')) {
  const { default: check } = await import('fast-check')
  check.configureGlobal({ seed: Number(process.env.FC_SEED ?? 20261121) })
}
