// Reads a JSON array of EDTF strings from standard input and prints, for each,
// what the npm package edtf makes of it: {"min": DAY, "max": DAY} with days
// since 1970-01-01, null for a side that it leaves without bound, or
// {"error": true} where it refuses the string.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

// The package lies where it was installed, not beside this file.
const require = createRequire(pathToFileURL(process.argv[2] + '/'))
const edtf = require('edtf').default

const day = ms => (Number.isFinite(ms) && ms !== null ? Math.floor(ms / 86400000) : null)

const strings = JSON.parse(readFileSync(0, 'utf8'))
const out = strings.map(s => {
  try {
    const d = edtf(s)
    return { min: day(d.min), max: day(d.max) }
  } catch {
    return { error: true }
  }
})
process.stdout.write(JSON.stringify(out))
