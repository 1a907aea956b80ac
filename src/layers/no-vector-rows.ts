// In the place of vector-rows.ts in bundles for pages (`browser` in package.json), where a kilobyte counts for more than a tenth of
// a second when a large model is made. The rows are the same.
export const panelRows = 16

export const vectorRows = (): undefined => undefined
