"""How the study's page looks, beside the look of reports."""

STYLE = """
svg .third { fill: var(--soft) } svg .layer { opacity: .16; stroke: var(--ink) }
.examples { display: grid; grid-template-columns: max-content minmax(0, 26rem);
  gap: .3rem .8rem; align-items: center; margin: .6rem 0 1rem }
.examples span { text-align: right } .examples small { display: block; color: var(--soft) }
.examples img { width: 100%; height: auto; margin: 0; display: block }
.tall { max-width: 30rem } .tall figure { padding: .5rem }
.headline .range { display: block; margin: 0; font-size: .85em; color: var(--soft) }
main ul { max-width: 46rem; padding-left: 1.2rem }
.found { border-left: 3px solid var(--one); padding: .1rem 0 .1rem .8rem; max-width: 46rem }
@media (max-width: 34rem) { .tiles { grid-template-columns: 1fr 1fr }
  .examples { gap: .2rem .5rem } .examples span { font-size: .85rem } }
@media print { .examples { max-width: 12cm } .tall { max-width: 9cm } }
"""
