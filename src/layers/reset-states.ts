import type { Session } from '../graph/session.js'
import type { Layer } from './layer.js'

/** Sets the state that `stateful` layers keep in a session to zero. */
export function resetStates(session: Session, layers: Iterable<Layer>): void {
  const held = new Set([...layers].flatMap((layer) => layer.heldStates))
  for (const { name, count } of session.stateNames()) {
    if (held.has(name)) session.writeState(name, new Float32Array(count))
  }
}
