"""A reliability plot as SVG: how often answers of each confidence are right, next to what they claim."""

from collections.abc import Sequence

from benchmarks.assistant.calibration import auroc, expected_error, reliability

SIZE, MARGIN = 320, 44
INK, GRID, MARK = "#333", "#ddd", "#1f6feb"


def reliability_svg(title: str, confidences: Sequence[float], right: Sequence[bool]) -> str:
    """Dots for ten bins, as large as the share of answers in each; the diagonal is perfect calibration."""
    bins = reliability(confidences, right)
    total = max(1, len(confidences))
    dots = [
        f'<circle cx="{_x(mean):.1f}" cy="{_y(share):.1f}" r="{3 + 17 * (count / total) ** 0.5:.1f}" '
        f'fill="{MARK}" fill-opacity="0.55"><title>{count} answers: confidence {mean:.2f}, right {share:.2f}'
        f"</title></circle>"
        for mean, share, count in bins
    ]
    diagonal = f'x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"'
    width, height = SIZE + 2 * MARGIN, SIZE + 2 * MARGIN + 18
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'font-family="sans-serif" font-size="12" fill="{INK}" role="img" aria-label="{title}">',
            f'<rect width="{width}" height="{height}" fill="#fff"/>',
            *_axes(),
            f'<line {diagonal} stroke="{INK}" stroke-dasharray="4 4"/>',
            *dots,
            f'<text x="{MARGIN}" y="16" font-weight="bold">{title}</text>',
            f'<text x="{MARGIN}" y="32">{_figures(confidences, right)}</text>',
            "</svg>",
            "",
        ]
    )


def _figures(confidences: Sequence[float], right: Sequence[bool]) -> str:
    error, area = expected_error(confidences, right), auroc(confidences, right)
    parts = [f"{len(confidences)} answers"]
    parts += [f"ECE {error:.3f}"] if error is not None else []
    parts += [f"AUROC {area:.3f}"] if area is not None else []
    return ", ".join(parts)


def _axes() -> list[str]:
    lines = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        x, y = _x(tick), _y(tick)
        lines += [
            f'<line x1="{x}" y1="{_y(0)}" x2="{x}" y2="{_y(1)}" stroke="{GRID}"/>',
            f'<line x1="{_x(0)}" y1="{y}" x2="{_x(1)}" y2="{y}" stroke="{GRID}"/>',
            f'<text x="{x}" y="{_y(0) + 16}" text-anchor="middle">{tick:g}</text>',
            f'<text x="{_x(0) - 6}" y="{y + 4}" text-anchor="end">{tick:g}</text>',
        ]
    middle = MARGIN + SIZE / 2
    return [
        *lines,
        f'<text x="{middle}" y="{_y(0) + 36}" text-anchor="middle">confidence</text>',
        f'<text transform="translate(12 {middle + 10}) rotate(-90)" text-anchor="middle">'
        "share that is right</text>",
    ]


def _x(value: float) -> float:
    return MARGIN + SIZE * value


def _y(value: float) -> float:
    return MARGIN + SIZE * (1 - value)
