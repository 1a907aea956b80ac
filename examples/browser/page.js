// The page: starts and cancels the worker, draws what it tells, and counts its own frames.
const element = (id) => document.getElementById(id)
const show = (id, text) => {
  element(id).textContent = text
}

/** ?units=64&batch=8&epochs=1&… are settings of the model, threads and isa those of the engine, characters the length. */
function wanted() {
  const parameters = new Map(new URLSearchParams(location.search))
  const take = (name, convert) => {
    const value = parameters.get(name)
    parameters.delete(name)
    return value === undefined ? undefined : convert(value)
  }
  const engine = { engine: 'wasm', threads: take('threads', Number), isa: take('isa', String) }
  const characters = take('characters', Number)
  const numbers = [...parameters].map(([name, value]) => [name, Number.isNaN(+value) ? value : +value])
  return { engine, characters, settings: numbers.length > 0 ? Object.fromEntries(numbers) : undefined }
}

// ---- frames ----

/** What happened in the page; the test of this example reads it. */
const record = { state: 'idle', frames: 0, longestGap: 0 }
globalThis.record = record

let previous = performance.now()
function frame(now) {
  if (record.state === 'training') {
    record.frames++
    record.longestGap = Math.max(record.longestGap, now - previous)
    show('gap', `${record.longestGap.toFixed(0)} ms`)
  }
  previous = now
  show('frames', Number(element('frames').textContent) + 1)
  requestAnimationFrame(frame)
}
requestAnimationFrame(frame)

// ---- chart ----

const curve = []
function drawCurve() {
  const canvas = element('chart')
  canvas.width = canvas.clientWidth * devicePixelRatio
  canvas.height = canvas.clientHeight * devicePixelRatio
  const { width, height } = canvas
  const context = canvas.getContext('2d')
  const highest = Math.max(...curve.map(({ loss }) => loss))
  const last = curve.at(-1).step
  context.lineWidth = devicePixelRatio
  context.beginPath()
  for (const { step, loss } of curve) context.lineTo((step / last) * width, (1 - loss / highest) * height)
  context.stroke()
}

// ---- the worker ----

function begin() {
  const worker = new Worker('./trainer.js', { type: 'module' })
  const end = (state) => {
    record.state = state
    element('start').disabled = false
    element('cancel').disabled = true
    worker.terminate()
  }
  worker.onerror = ({ message }) => {
    show('progress', message)
    end('failed')
  }
  worker.onmessage = ({ data }) => {
    if (data.engine) {
      const { isa, threads, reason } = data.engine
      record.engine = data.engine
      show('engine', `${isa}, ${threads} thread${threads > 1 ? 's' : ''} (${reason})`)
    }
    if (data.settings) {
      const { layers, units, batch, bptt } = data.settings
      show('model', `${layers} × LSTM(${units}), ${data.parameters} parameters, batch ${batch} × ${bptt}`)
    }
    if (data.report) {
      if (record.state === 'preparing') record.state = 'training'
      const { step, totalSteps, loss, epoch, epochs, tokensPerSecond } = data.report
      curve.push({ step, loss })
      drawCurve()
      const speed = `${Math.round(tokensPerSecond)} characters a second`
      show(
        'progress',
        `epoch ${epoch + 1} of ${epochs}, step ${step} of ${totalSteps}, loss ${loss.toFixed(3)}, ${speed}`,
      )
    }
    if (data.sample) show('sample', data.sample)
    if (data.failed) {
      show('progress', data.failed)
      end('failed')
    }
    if (data.done) {
      const { losses, valid, file } = data.done
      Object.assign(record, { losses, valid, file })
      if (valid) show('progress', `done: ${valid.bitsPerCharacter.toFixed(3)} bits per character, held out`)
      element('save').href = URL.createObjectURL(file)
      element('save').hidden = false
      end('done')
    }
  }
  element('cancel').onclick = () => worker.postMessage('cancel')
  element('start').disabled = true
  element('cancel').disabled = false
  curve.length = 0
  Object.assign(record, { state: 'preparing', frames: 0, longestGap: 0 })
  worker.postMessage(wanted())
}
element('start').onclick = begin
