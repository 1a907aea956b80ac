// Every peer by name. To add one: a record here, a program that speaks the line protocol of programs/serve.mjs.
import { javascriptPeers } from './javascript.mjs'
import { onednnPeers } from './onednn.mjs'
import { torchPeers } from './torch.mjs'

/**
 * name, what · threads: whether it takes a number of threads · tasks it can do · gflops: what it may reach, for the estimate of
 * time · startSeconds, prepareSeconds: of its process, of a workload · find(context): { version, command(threads) } or { missing: why, and how to install it }.
 */
export const peers = [...onednnPeers, ...torchPeers, ...javascriptPeers]
export const peerNames = peers.map(({ name }) => name)
