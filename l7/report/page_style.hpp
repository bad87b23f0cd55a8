#pragma once
#include <string_view>

namespace poise::l7::report {

// The page fetches nothing: all of its style is here, for light screens and for dark ones.
inline constexpr std::string_view page_style = R"css(
:root { color-scheme: light dark; --ground: #fff; --ink: #1c1e21; --faint: #667; --line: #d5d8de; --head: #eef0f4;
  --tip: #fffbe6; --up: #c8f0cf; --backup: #cfe4fb; --going-down: #fde9a9; --going-up: #ffd0a1; --down: #ffb3ad;
  --none: #e9e9ec; --maintain: #d9bd9b; --draining: #bcd0e6; --frontend: #f6f7f9; }
@media (prefers-color-scheme: dark) { :root { --ground: #16181c; --ink: #e6e7ea; --faint: #9aa0aa; --line: #363a42;
  --head: #23262c; --tip: #2d2f36; --up: #1d4a2a; --backup: #1d3f63; --going-down: #5c4b12; --going-up: #6b3d12;
  --down: #72231f; --none: #2b2d33; --maintain: #54412b; --draining: #2c4460; --frontend: #1d2025; } }
body { margin: 1rem 1.25rem; background: var(--ground); color: var(--ink); font: 13px/1.4 system-ui, sans-serif; }
h1 { font-size: 1.4rem; margin: 0; } h1 small, h2 small { color: var(--faint); font-weight: normal; }
h2 { font-size: 1.05rem; margin: 1.5rem 0 .3rem; } a { color: inherit; }
.top { display: flex; flex-wrap: wrap; gap: 1rem 3rem; margin: .8rem 0; align-items: flex-start; }
.top table { border-collapse: collapse; } .top th { text-align: left; font-weight: 600; padding-right: 1rem; }
.top ul { margin: 0; padding: 0; list-style: none; }
.legend { display: grid; grid-template-columns: repeat(2, max-content); gap: .2rem .6rem; }
.legend span { padding: 0 .5rem; border-radius: 3px; } .note { grid-column: 1 / -1; color: var(--faint); }
.proxy { border-collapse: collapse; font-variant-numeric: tabular-nums; white-space: nowrap; }
.proxy colgroup { border: 1px solid var(--line); }
.proxy > thead th { background: var(--head); font-weight: 600; padding: .1rem .45rem; border: 1px solid var(--line); }
.proxy > tbody > tr > td { padding: .15rem .45rem; text-align: right; border-bottom: 1px solid var(--line);
  position: relative; }
.proxy > tbody > tr > td.text { text-align: left; }
.proxy > tbody > tr:hover > td { box-shadow: inset 0 0 0 99px #8881; }
u { text-decoration: underline dotted; text-underline-offset: 2px; } td a { text-decoration: none; font-weight: 600; }
.tip { display: none; position: absolute; z-index: 1; top: 100%; right: 0; background: var(--tip);
  border: 1px solid var(--line); border-radius: 4px; padding: .3rem .5rem; box-shadow: 0 2px 8px #0004; }
td:first-child > .tip { right: auto; left: 0; } td:hover > .tip, td:focus > .tip { display: block; }
.tip th { text-align: left; font-weight: normal; padding-right: 1rem; } .tip td { text-align: right; }
.frontend, .backend { background: var(--frontend); font-weight: 600; } .backend_down { color: #d32f2f; }
.active_up { background: var(--up); } .backup_up { background: var(--backup); }
.active_going_down, .backup_going_down { background: var(--going-down); }
.active_going_up, .backup_going_up { background: var(--going-up); } .active_down { background: var(--down); }
.active_no_check { background: var(--none); } .maintain { background: var(--maintain); }
.active_draining { background: var(--draining); }
.backup_going_down, .backup_going_up { font-style: italic; }
)css";

}  // namespace poise::l7::report
