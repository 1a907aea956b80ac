const avx512 = ['-mavx512f', '-mavx512vl', '-mavx512dq', '-mavx512bw', '-mavx2', '-mfma']
const bf16 = [...avx512, '-mavx512bf16', '-mavx512vnni']

// Builds of the kernels per processor architecture (`process.arch`), slowest first. `name` is the namespace that
// simd.h chooses under these flags; kernels/targets.h says which of them a processor can run.
export const targets = {
  x64: [
    { name: 'sse2', flags: ['-msse2'] },
    { name: 'avx2', flags: ['-mavx2', '-mfma'] },
    { name: 'avx512', flags: avx512 },
    { name: 'avx512bf16', flags: bf16 },
    { name: 'amx', flags: [...bf16, '-mamx-tile', '-mamx-bf16'] },
  ],
  arm64: [{ name: 'neon', flags: [] }],
}

/** Where nobody has written vector code yet. */
export const portable = [{ name: 'scalar', flags: [] }]
