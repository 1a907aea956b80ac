/**
 * The first key that stands twice in one object of a JSON text, which `JSON.parse` would silently let pass. The text
 * must be valid JSON already. Keys are compared after their escapes are read.
 */
export function repeatedKey(json: string): string | undefined {
  /** The keys of each open object; undefined for an open list. */
  const open: (Set<string> | undefined)[] = []
  let expectKey = false
  for (let i = 0; i < json.length; i++) {
    switch (json.charCodeAt(i)) {
      case 0x7b: // {
        open.push(new Set())
        expectKey = true
        break
      case 0x5b: // [
        open.push(undefined)
        expectKey = false
        break
      case 0x7d: // }
      case 0x5d: // ]
        open.pop()
        expectKey = false
        break
      case 0x2c: // ,
        expectKey = open.at(-1) !== undefined
        break
      case 0x22: {
        const end = stringEnd(json, i)
        if (expectKey) {
          const key = JSON.parse(json.slice(i, end)) as string
          const keys = open.at(-1)!
          if (keys.has(key)) return key
          keys.add(key)
          expectKey = false
        }
        i = end - 1
        break
      }
    }
  }
  return undefined
}

/** The place behind the closing quote of the string that opens at `begin`. */
function stringEnd(json: string, begin: number): number {
  let end = json.indexOf('"', begin + 1)
  for (;;) {
    let backslashes = 0
    while (json[end - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return end + 1
    end = json.indexOf('"', end + 1)
  }
}
