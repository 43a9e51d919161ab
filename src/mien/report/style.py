"""How pages look."""

PAGE = """
:root { color-scheme: light dark; --ink: #222; --soft: #666; --line: #ddd; --paper: #fff;
  --card: #f6f6f4; --shade: #0004 }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #eee; --soft: #aaa; --line: #444; --paper: #191919; --card: #242424;
    --shade: #fff5 }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem; line-height: 1.25; margin-bottom: .2rem }
h2 { margin: 2.5rem 0 .3rem; font-size: 1.2rem }
p { max-width: 46rem; margin: .3rem 0 1rem } .soft, figcaption { color: var(--soft) }
.soft { overflow-wrap: anywhere }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .25rem .9rem; border-bottom: 1px solid var(--line); text-align: right }
th:first-child, td:first-child { text-align: left; padding-left: 0 } a { color: inherit }
th { font-weight: 500 } thead th { color: var(--soft) } .small { font-size: .8rem }
footer { margin-top: 3rem } code { font-size: .85em; overflow-wrap: anywhere }
code span { white-space: nowrap }
.wide { overflow-x: auto; max-width: 100%; margin: .5rem 0 1rem;
  --cover: 2rem calc(100% + 1px) no-repeat local; --edge: .8rem 100% no-repeat scroll;
  background: linear-gradient(to right, var(--paper) 40%, transparent) left / var(--cover),
    linear-gradient(to left, var(--paper) 40%, transparent) right / var(--cover),
    linear-gradient(to right, var(--shade), transparent) left / var(--edge),
    linear-gradient(to left, var(--shade), transparent) right / var(--edge) }
.wide::before { content: "Scroll sideways for more →"; position: sticky; left: 0; display: block;
  width: max-content; max-height: 0; overflow: hidden; font-size: .78rem; color: var(--soft) }
@supports (animation-timeline: scroll()) {
  /* A timeline runs only where there is something to scroll. */
  .wide::before { animation: more linear both; animation-timeline: scroll(nearest inline) }
  @keyframes more { from, to { max-height: 1.6em } }
}
@supports not (animation-timeline: scroll()) {
  @media (max-width: 34rem) { .wide::before { max-height: 1.6em } }
}
.faces { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: .7rem }
figure { margin: 0; padding: .6rem; background: var(--card); border-radius: .5rem }
img { width: 96px; height: 96px; image-rendering: pixelated; border-radius: 3px; margin-right: 4px }
figcaption { font-size: .78rem; line-height: 1.35; overflow-wrap: anywhere }
figcaption b { color: var(--ink); font-size: .85rem }
@media print {
  body { max-width: none; margin: 0; font-size: 11pt }
  figure, tr, svg { break-inside: avoid } h1, h2, h3, h4 { break-after: avoid }
  .faces, .charts, .beside, .mistakes { break-before: avoid }
  .wide { overflow: visible; background: none } .wide::before { display: none }
}
"""
"""The style of every page; a table that is too wide scrolls, and says so."""

REPORT = """
:root { --one: #1d6fa5; --two: #c7640a }
@media screen and (prefers-color-scheme: dark) {
  :root { --one: #6db7e8; --two: #f0a04b }
}
html { scroll-behavior: smooth; scroll-padding-top: 1rem; -webkit-text-size-adjust: 100% }
body { overflow-wrap: break-word }
h2 { font-size: 1.45rem; padding-top: 1rem; border-top: 2px solid var(--line) }
h3 { font-size: 1.15rem; margin: 2.2rem 0 .3rem }
h4 { font-size: 1rem; margin: 1.4rem 0 .3rem }
.note { border-left: 3px solid var(--two); padding: .1rem 0 .1rem .8rem; max-width: 46rem }
nav { display: flex; flex-wrap: wrap; gap: .3rem .9rem; font-size: .9rem }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .7rem;
  margin: .8rem 0 }
.tiles div { background: var(--card); border-radius: .5rem; padding: .6rem .8rem }
.tiles dt { color: var(--soft); font-size: .85rem } .tiles dd { margin: 0; font-size: 1.5rem }
.tiles dd { font-variant-numeric: tabular-nums; line-height: 1.3 }
.tiles small { display: block; font-size: .78rem; color: var(--soft) }
.wide table { font-size: .9rem }
th, td { padding: .25rem .55rem; white-space: nowrap }
td .range { font-size: .85em; color: var(--soft); margin-left: .3em }
.wide th:first-child { text-align: left }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr));
  gap: .8rem; margin: .6rem 0 1rem }
.charts figure { padding: .5rem; max-width: 32rem }
.beside { display: flex; flex-wrap: wrap; gap: 0 1.2rem; align-items: flex-start;
  margin: .6rem 0 1rem }
.beside figure { flex: 0 1 24rem; min-width: min(100%, 20rem); padding: .5rem }
.beside .wide { flex: 0 1 max-content; margin: .2rem 0 } details { margin: .4rem 0 }
svg { display: block; width: 100%; height: auto; font-family: system-ui, sans-serif }
svg text { fill: var(--ink) }
.recipe { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr));
  gap: .15rem 1.2rem; font-size: .85rem; margin: .3rem 0 }
.recipe div { display: flex; justify-content: space-between; gap: .8rem;
  border-bottom: 1px solid var(--line) }
.recipe dt { color: var(--soft) } .recipe dd { margin: 0; overflow-wrap: anywhere }
.mistakes { display: grid; gap: .5rem;
  grid-template-columns: repeat(auto-fill, minmax(7.2rem, 1fr)) }
.mistakes figure { padding: .4rem } .mistakes img { margin: 0; width: 100%; max-width: 96px;
  height: auto; aspect-ratio: 1 }
summary { cursor: pointer }
@media (max-width: 34rem) {
  body { margin: 1rem auto; padding: 0 .8rem } .mistakes { grid-template-columns: repeat(3, 1fr) }
  th, td { padding: .25rem .35rem } td .range { display: block; margin: 0 }
  .wide th { white-space: normal; vertical-align: bottom } .wide tbody th { vertical-align: middle }
}
@media print {
  nav, summary { display: none } details::details-content { content-visibility: visible }
  article + article { break-before: page }
  .beside figure { flex: 0 1 15rem; min-width: 0 }
  .wide table { font-size: 8.5pt } th, td { padding: .15rem .35rem }
  svg, .tiles div, figure { print-color-adjust: exact;
    -webkit-print-color-adjust: exact }
  .charts { grid-template-columns: 1fr 1fr } .tiles { break-inside: avoid }
  .tiles { grid-template-columns: repeat(5, 1fr) }
  .mistakes { grid-template-columns: repeat(6, 1fr) }
}
"""
"""What a report has beside it: key figures, charts, wide tables, a gallery."""
