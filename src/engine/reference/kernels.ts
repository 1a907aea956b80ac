import type { CommandName, KernelArguments } from '../commands.generated.js'
import type { OperandRounding } from './bfloat16.js'

/** Storage of real numbers: float32 in an engine; float64 where a test wants exact finite differences. */
export type Floats = Float32Array | Float64Array

type Widened<T> = T extends Float32Array ? Floats : T

/** `KernelArguments` with float tensors in either precision. */
export type ReferenceArguments = {
  [Name in CommandName]: { [Key in keyof KernelArguments[Name]]: Widened<KernelArguments[Name][Key]> }
}

/** One function for each of the named commands. A family file that misses one of its commands does not compile. */
export type ReferenceKernels<Names extends CommandName = CommandName> = {
  readonly [Name in Names]: (a: ReferenceArguments[Name] & OperandRounding) => void
}
