// Bundlers for browsers put this in the place of files that only Node can run (`browser` in package.json). Those are
// imported when they are needed, so the error comes to whoever asked for a file.
import { RepriseError } from './errors.js'

throw new RepriseError(
  'needs-node',
  'a page has no files: pass text and bytes instead of paths (`LanguageModel.load(bytes)`, `loadModelFromBytes`, `toPieces`).',
)
