"""The results as one page of HTML that needs nothing beside itself: no script, no font, no picture from elsewhere."""
from html import escape

import chart
import results

STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1a1d21; --soft: #5c6670; --rule: #d9dee3;
        --warm: #b3540a; --cold: #1f5fbf; }
@media (prefers-color-scheme: dark) {
  :root { --back: #15181c; --text: #e6e9ec; --soft: #9aa5b0; --rule: #363d45; --warm: #f0a35a; --cold: #7db0f5; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1rem 4rem; background: var(--back); color: var(--text);
       font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.2rem; margin: 2.4rem 0 .3rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .2rem; }
p { margin: .3rem 0 .8rem; max-width: 46rem; } .soft { color: var(--soft); }
.plot { display: grid; grid-template-columns: minmax(8rem, 13rem) minmax(0, 1fr) 13.5rem; column-gap: .8rem;
        align-items: center; border-top: 1px solid var(--rule); padding: .15rem 0; }
.plot .value { text-align: right; font-variant-numeric: tabular-nums; font-size: .86rem; line-height: 14px; }
.plot .name { overflow-wrap: anywhere; } .plot.head { border: 0; } svg { display: block; overflow: visible; }
.warm { fill: var(--warm); stroke: var(--warm); } .cold { fill: var(--cold); stroke: var(--cold); }
.value .warm { color: var(--warm); } .value .cold { color: var(--cold); }
.start { opacity: .3; stroke: none; } .interval { stroke-width: 5; opacity: .55; } .median { stroke-width: 2.5; }
.grid { stroke: var(--rule); } .tick { fill: var(--soft); font-size: 12px; }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .3em; }
.key.warm { background: var(--warm); } .key.cold { background: var(--cold); }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .86rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .2rem .7rem .2rem 0; border-bottom: 1px solid var(--rule); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
@media (max-width: 44rem) {
  .plot { grid-template-columns: minmax(0, 1fr) auto; } .plot .name { grid-row: 1; grid-column: 1; }
  .plot .value { grid-row: 1; grid-column: 2; } .plot svg { grid-row: 2; grid-column: 1 / 3; }
  .plot.head .name:empty, .plot.head .value:empty { display: none; } }
"""


def about_place(row):
    if row["machine"] == "host":
        return "Processes and containers on the host"
    if row["machine"].startswith("xen"):
        return "Domains of Xen, itself emulated"
    return f"{row['machine']}, {row['accel'].upper()}"


def plots(found, measure):
    """`measure`: wall_ms or cpu_ms. One plot for each place, all on one axis."""
    values, places = {}, {}
    for start in found["measurements"]:
        if "failure" not in start:
            values.setdefault((start["row"], start["cache"]), []).append(start[measure])
    for row in found["rows"]:
        if row[measure]:
            places.setdefault(about_place(row), {}).setdefault(row["row"], []).append(row)
    axis = chart.LogAxis([value for some in values.values() for value in some])
    parts = []
    for place, by_name in places.items():
        parts.append(f'<h3>{escape(place)}</h3><div class="plot head"><span class="name"></span>{chart.scale(axis)}'
                     f'<span class="value"></span></div>')
        for name, both in by_name.items():
            bands = [(row["cache"], values[name, row["cache"]], row[measure]) for row in both]
            numbers = "<br>".join(f'<span class="{row["cache"]}">{results.interval(row[measure])}</span>'
                                  for row in both)
            parts.append(f'<div class="plot"><span class="name">{escape(both[0]["subject"])} <small class="soft">'
                         f'{escape(both[0]["until"])}</small></span>{chart.spread(axis, bands, name)}'
                         f'<span class="value">{numbers}</span></div>')
    return "".join(parts)


def boot_chart(stages):
    """From QEMU's start to the program; each stage lasts until the next begins."""
    points = stages["points"]
    whole, parts = points[-1]["ms"] or 1, []
    first = {"name": "QEMU and firmware", "ms": 0, "instructions": 0}
    for point, following in zip([first, *points], [*points, None]):
        if following is None:
            text = f"{point['ms']:.1f} ms, reached"
            drawn = chart.bar(point["ms"], point["ms"], whole, point["name"])
        else:
            count = following["instructions"] - point["instructions"]
            text = f"{following['ms'] - point['ms']:.2f} ms, {count:,} instr."
            drawn = chart.bar(point["ms"], following["ms"], whole, f"{point['name']}: {text}")
        parts.append(f'<div class="plot"><span class="name">{escape(point["name"])}</span>{drawn}'
                     f'<span class="value">{escape(text)}</span></div>')
    absent = f' Not there, or not before the end: {escape(", ".join(stages["absent"]))}.' if stages["absent"] else ""
    return (f'<h3>{escape(stages["subject"])} on {escape(stages["machine"])}, TCG</h3><p class="soft">'
            f'{whole:.1f} ms, medians of {stages["boots"]} boots.{absent}</p>{"".join(parts)}')


def table(found):
    floor, lines = results.floors(found["rows"]), []
    for row in found["rows"]:
        times = results.ratio(row, floor)
        cells = [row["row"], row["cache"], row["until"], row["count"], row["failures"], results.interval(row["wall_ms"]),
                 results.interval(row["cpu_ms"]), "" if times is None else f"{times:.2f}"]
        lines.append("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>")
    heads = ("row", "cache", "until", "starts", "failed", "wall ms [95 %]", "CPU ms [95 %]", "x floor")
    return ('<div class="wide"><table><thead><tr>' + "".join(f"<th>{head}</th>" for head in heads) +
            f'</tr></thead><tbody>{"".join(lines)}</tbody></table></div>')


def page(found):
    host = found["host"]
    key = ('<span class="key warm"></span>warm: its files are in the page cache &nbsp; <span class="key cold"></span>cold: '
           "they were dropped from it")
    skipped = "".join(f"<li>{escape(row['row'])}: {escape(row['why'])}</li>" for row in found["skipped"])
    sections = [("Wall time", "From the start of QEMU, or of the process, in milliseconds; logarithmic. A dot is a "
                 "start, the thick line the 95 % interval of the median, the stroke the median.",
                 plots(found, "wall_ms")),
                ("Processor time", "Of QEMU, or the process, and all that it waited for: user and system.",
                 plots(found, "cpu_ms"))]
    if found["stages"]:
        sections.append(("Stages of the boot", "Counted by a plugin of TCG, which slows the guest a little. A stage "
                         "lasts until the next begins; instructions are the guest's, firmware included.",
                         "".join(boot_chart(stages) for stages in found["stages"])))
    sections.append(("All rows", "", table(found)))
    if skipped:
        sections.append(("Skipped", "", f"<ul>{skipped}</ul>"))
    body = "".join(f"<section><h2>{title}</h2><p class=\"soft\">{text}</p>{inside}</section>"
                   for title, text, inside in sections)
    return ('<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
            f'content="width=device-width, initial-scale=1"><title>Boot times</title><style>{STYLE}</style></head><body>'
            f'<h1>Boot times</h1><p class="soft">{escape(found["date"])}; {found["rounds"]} rounds, interleaved; '
            f'{escape(host["cpu"])}, {host["cpus"]} CPUs; {escape(host["kernel"])}; {escape(host["qemu"])}; load '
            f'{host["load_before"][0]:g} before, {host["load_after"][0]:g} after.</p><p>{key}</p>{body}</body></html>\n')


def write(path, found):
    with open(path, "w", encoding="utf-8") as file:
        file.write(page(found))
