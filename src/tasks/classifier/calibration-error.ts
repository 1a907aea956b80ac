/** Predictions whose confidence lies in one stretch. */
export interface CalibrationBin {
  /** Confidences above `from` and up to `to`. */
  readonly from: number
  readonly to: number
  readonly count: number
  /** Mean confidence; 0 in an empty bin. */
  readonly confidence: number
  /** Share that was right; 0 in an empty bin. */
  readonly right: number
}

export interface Calibration {
  /** Mean distance of confidence and share of right ones over the bins, weighted by their counts; 0 is perfect. */
  readonly expectedCalibrationError: number
  readonly bins: readonly CalibrationBin[]
}

/**
 * Expected calibration error over bins of equal width (Naeini, Cooper, Hauskrecht 2015; Guo et al. 2017, who take 15).
 * `confidence[i]` in 0 … 1 was the probability of something that came true when `right[i]` is 1.
 */
export function calibration(
  confidence: ArrayLike<number>,
  right: ArrayLike<number>,
  binCount = 15,
): Calibration {
  const count = new Float64Array(binCount)
  const confidences = new Float64Array(binCount)
  const rights = new Float64Array(binCount)
  for (let i = 0; i < confidence.length; i++) {
    const bin = Math.min(binCount - 1, Math.max(0, Math.ceil(confidence[i]! * binCount) - 1))
    count[bin]!++
    confidences[bin]! += confidence[i]!
    rights[bin]! += right[i]!
  }
  let error = 0
  const bins = Array.from(count, (inside, bin): CalibrationBin => {
    error += Math.abs(confidences[bin]! - rights[bin]!)
    return {
      from: bin / binCount,
      to: (bin + 1) / binCount,
      count: inside,
      confidence: inside === 0 ? 0 : confidences[bin]! / inside,
      right: inside === 0 ? 0 : rights[bin]! / inside,
    }
  })
  return { expectedCalibrationError: confidence.length === 0 ? 0 : error / confidence.length, bins }
}
