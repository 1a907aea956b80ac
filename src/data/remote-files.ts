/** Files of Keras's data sets. The checksums are those Keras itself checks. */
export interface RemoteFile {
  readonly name: string
  readonly hash: 'sha256' | 'md5'
  readonly checksum: string
  /** Larger than the file by far: a download is stopped here. */
  readonly mostBytes: number
}

export const kerasOrigin = 'https://storage.googleapis.com/tensorflow/tf-keras-datasets/'

const archive = (name: string, checksum: string): RemoteFile => ({
  name,
  hash: 'sha256',
  checksum,
  mostBytes: 2 ** 28,
})
const wordIndex = (name: string, checksum: string): RemoteFile => ({
  name,
  hash: 'md5',
  checksum,
  mostBytes: 2 ** 26,
})

export const remoteFiles = {
  imdb: {
    archive: archive('imdb.npz', '69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f'),
    wordIndex: wordIndex('imdb_word_index.json', 'bfafd718b763782e994055a2d397834f'),
  },
  reuters: {
    archive: archive('reuters.npz', 'd6586e694ee56d7a4e65172e12b3e987c03096cb01eab99753921ef915959916'),
    wordIndex: wordIndex('reuters_word_index.json', '4d44cc38712099c9e383dc6e5f11a921'),
  },
} as const

/** Where to look for a data set, and how to get it. */
export interface DatasetPlace {
  /** The archive, or a folder with it or with the raw texts. Nothing is downloaded then. */
  readonly path?: string | undefined
  /** A mirror: the folder of the official files. Checksums are checked all the same. */
  readonly origin?: string | undefined
  /** Told of every piece of a download, in bytes. */
  readonly onProgress?: ((received: number, total: number | undefined) => void) | undefined
  /** Draws a bar on the terminal while downloading. Default true; never where there is no terminal. */
  readonly verbose?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

const placeNames = ['path', 'origin', 'onProgress', 'verbose', 'signal'] as const

/** Splits options into those of the place and the others. */
export function splitPlace<Options extends DatasetPlace>(
  options: Options,
): [place: DatasetPlace, rest: Omit<Options, keyof DatasetPlace>] {
  const rest = { ...options } as Record<string, unknown>
  const place: Record<string, unknown> = {}
  for (const name of placeNames) {
    if (name in rest) place[name] = rest[name]
    delete rest[name]
  }
  return [place, rest as Omit<Options, keyof DatasetPlace>]
}
