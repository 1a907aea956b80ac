// Names that columns of texts and of labels have in the data sets people use; the likeliest first.

const texts =
  'text texts body content message review sentence document comment description tweet utterance question query article post sms summary input prompt title subject headline v2'
const labels =
  'label labels class classes category categories target sentiment topic topics intent team department queue tag tags genre emotion emotions polarity class_index classname type output y stars rating priority v1'

const rank = (names: string) => new Map(names.split(' ').map((name, place) => [name, place]))
const textRanks = rank(texts)
const labelRanks = rank(labels)

const plain = (name: string) =>
  name
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')

/** From 0, the surest; undefined for a name that says nothing. */
export const textRank = (name: string): number | undefined =>
  textRanks.get(plain(name)) ?? (/text|body|content|message|review/.test(plain(name)) ? 100 : undefined)

export const labelRank = (name: string): number | undefined =>
  labelRanks.get(plain(name)) ?? (/label|class|categor|sentiment|intent/.test(plain(name)) ? 100 : undefined)

export const isKnownName = (name: string): boolean =>
  textRanks.has(plain(name)) || labelRanks.has(plain(name))
