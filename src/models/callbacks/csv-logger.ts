import { boolean, type Given, type Resolved, resolve, string } from '../../options.js'
import type { Callback, Logs } from '../callback.js'

const fields = {
  separator: string('between the values of a line', ','),
  append: boolean('keep what the file has', false),
}

/** Writes a line of scores per epoch into a file (Node), columns as Keras's: epoch, then the names in order. */
export class CSVLogger implements Callback {
  private readonly options: Resolved<typeof fields>
  private columns: readonly string[] | undefined

  constructor(
    private readonly filename: string,
    given: Given<typeof fields> = {},
  ) {
    this.options = resolve('CSVLogger', fields, given)
  }

  async onTrainBegin(): Promise<void> {
    this.columns = undefined
    const { readFile, writeFile } = await import('./node-text-file.js')
    const { append, separator } = this.options
    const before = append ? await readFile(this.filename, 'utf8').catch(() => '') : ''
    if (before) this.columns = before.split('\n', 1)[0]!.split(separator).slice(1)
    else await writeFile(this.filename, '')
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    const { appendFile } = await import('./node-text-file.js')
    const { separator } = this.options
    const line = (cells: readonly (string | number)[]) => `${cells.join(separator)}\n`
    let text = ''
    if (!this.columns) {
      const names = Object.keys(logs).sort()
      // Keras's way: validation may come in later epochs only.
      const validated = names.some((name) => name.startsWith('val_'))
      this.columns = validated ? names : [...names, ...names.map((name) => `val_${name}`)]
      text = line(['epoch', ...this.columns])
    }
    text += line([epoch, ...this.columns.map((name) => logs[name] ?? 'NA')])
    await appendFile(this.filename, text)
  }
}
