/** return_sequences → returnSequences; beta_1 → beta1. */
export const camelCase = (snake: string): string =>
  snake.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())

/** returnSequences → return_sequences. */
export const snakeCase = (camel: string): string =>
  camel.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** GlorotUniform, glorot_uniform or glorotUniform → glorotUniform. */
export function lowerCamel(name: string): string {
  const camel = camelCase(name)
  return camel.charAt(0).toLowerCase() + camel.slice(1)
}

/** glorotUniform → GlorotUniform. */
export const upperCamel = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1)

/** The name Keras gives a class in its stores: GlobalMaxPooling1D → global_max_pooling1d, LSTMCell → lstm_cell. */
export const storeName = (className: string): string =>
  className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()

/** Gives names in a list: dense, dense_1, dense_2, … */
export class NameCounter {
  private readonly used = new Map<string, number>()

  next(name: string): string {
    const count = this.used.get(name) ?? 0
    this.used.set(name, count + 1)
    return count === 0 ? name : `${name}_${count}`
  }
}
