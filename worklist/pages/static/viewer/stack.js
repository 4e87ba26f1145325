/** A series as a stack of frames: every frame of every instance, in the order of the instances. */

export function stackOf(series) {
  return series.instances.flatMap((instance) =>
    Array.from({ length: instance.frames }, (_unused, index) => ({
      studyUid: series.study_uid,
      seriesUid: series.series_uid,
      sopInstanceUid: instance.sop_instance_uid,
      number: index + 1,
      frames: instance.frames,
      rows: instance.rows ?? 0,
      columns: instance.columns ?? 0,
    })),
  );
}

/** Return the frame that stands for a series: the middle one. */
export function representativeOf(series) {
  const stack = stackOf(series);
  return stack[Math.floor(stack.length / 2)] ?? null;
}
