/** The studies on the screen: the one in question, and the priors beside it. Every series knows which study it is of. */

/** Return the series of an item's study, then those of each prior; `prior` is the prior's name, or null. */
export function seriesOf(detail) {
  const own = detail.series.map((series) => ({ ...series, study_uid: detail.study_uid, prior: null }));
  const others = detail.priors.flatMap((prior) =>
    prior.series.map((series) => ({ ...series, study_uid: prior.study_uid, prior: priorInWords(prior) })),
  );
  return [...own, ...others];
}

/** Return a prior's date and what it is, as a reader knows it. */
export function priorInWords(prior) {
  const name = prior.description || [prior.modality, prior.body_part].filter(Boolean).join(" ");
  const day = (prior.study_date ?? "").replace(/^(\d{4})(\d{2})(\d{2})$/, "$1-$2-$3");
  return [day, name].filter(Boolean).join(" · ");
}
