"""Plots as SVG that stretches with the page: positions are percentages of the width, so text keeps its size."""
import math
from html import escape


class LogAxis:
    """Milliseconds on a logarithmic scale, from a power of ten to another."""

    def __init__(self, values):
        positive = [value for value in values if value > 0] or [1]
        self.low = math.floor(math.log10(min(positive)))
        self.high = max(math.ceil(math.log10(max(positive))), self.low + 1)

    def at(self, value):
        share = (math.log10(max(value, 10 ** self.low)) - self.low) / (self.high - self.low)
        return f"{share * 100:.3f}%"

    def ticks(self):
        return [10 ** power for power in range(self.low, self.high + 1)]


def svg(inside, height, label):
    return (f'<svg width="100%" height="{height}" role="img" aria-label="{escape(label, quote=True)}">'
            f'<title>{escape(label)}</title>{inside}</svg>')


def grid(axis, height):
    return "".join(f'<line class="grid" x1="{axis.at(tick)}" x2="{axis.at(tick)}" y1="0" y2="{height}"/>'
                   for tick in axis.ticks())


def scale(axis):
    """The numbers of the axis, over the plots that share it."""
    words = []
    ticks = axis.ticks()
    for number, tick in enumerate(ticks):
        anchor = "start" if number == 0 else "end" if number == len(ticks) - 1 else "middle"
        words.append(f'<text class="tick" x="{axis.at(tick)}" y="12" text-anchor="{anchor}">{tick:g}</text>')
    return svg("".join(words), 16, "milliseconds, logarithmic")


def spread(axis, bands, label):
    """A row of a plot: for each (css class, values, summary) the single starts, the interval and the median."""
    height = 14 * len(bands) + 4
    parts = [grid(axis, height)]
    for number, (kind, values, found) in enumerate(bands):
        y = 9 + 14 * number
        parts += [f'<circle class="{kind} start" cx="{axis.at(value)}" cy="{y}" r="2.5"/>' for value in values]
        parts.append(f'<line class="{kind} interval" x1="{axis.at(found["low"])}" x2="{axis.at(found["high"])}" '
                     f'y1="{y}" y2="{y}"/>')
        parts.append(f'<line class="{kind} median" x1="{axis.at(found["median"])}" x2="{axis.at(found["median"])}" '
                     f'y1="{y - 6}" y2="{y + 6}"/>')
    return svg("".join(parts), height, label)


def bar(begin, end, whole, label):
    """A row of a boot chart: from when to when, of the whole; linear."""
    left, width = begin / whole * 100, (end - begin) / whole * 100
    return svg(f'<line class="grid" x1="0" x2="100%" y1="17.5" y2="17.5"/><rect class="warm" x="{left:.3f}%" y="4" '
               f'width="{max(width, 0.15):.3f}%" height="11" rx="2"/>', 18, label)
