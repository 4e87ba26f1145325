"""One image in millimetres, painted back to front with soft-edged shapes.

The origin is the centre of the image, x runs right and y runs down. A shape touches only the rectangle it lies in,
which keeps an image of a few hundred small shapes (vessels, ribs) cheap.
"""

from dataclasses import dataclass, replace

import numpy as np

from sample_studies.phantoms.noise import FloatImage


@dataclass(frozen=True)
class Solid:
    """Describe an ellipsoid by centre and half axes in millimetres.

    `power` above 2 makes its cross-section boxier, `taper` above 2 makes it end more bluntly at the top and bottom.
    """

    tissue: str
    x: float
    y: float
    z: float
    rx: float
    ry: float
    rz: float
    angle: float = 0.0
    power: float = 2.0
    taper: float = 2.0
    edge: float = 1.0
    opacity: float = 1.0

    def shrink(self, z: float) -> float:
        """Return the scale of the cross-section at height z, 0 outside the solid."""
        height = abs(z - self.z) / self.rz
        return (1.0 - height**self.taper) ** (1.0 / self.taper) if height < 1.0 else 0.0

    def mirrored(self) -> "Solid":
        """Return the same solid on the other side of the body."""
        return replace(self, x=-self.x, angle=-self.angle)


class Plane:
    """Hold the values of one image and paint shapes into it."""

    def __init__(self, rows: int, columns: int, spacing: float, background: float = 0.0) -> None:
        self.spacing = spacing
        self.pixels: FloatImage = np.full((rows, columns), background, dtype=np.float32)
        self.x = ((np.arange(columns, dtype=np.float32) - (columns - 1) / 2) * spacing)[None, :]
        self.y = ((np.arange(rows, dtype=np.float32) - (rows - 1) / 2) * spacing)[:, None]

    def box(self, x: float, y: float, reach: float) -> tuple[slice, slice]:
        """Return the rows and columns within `reach` of a point, possibly none."""
        rows, columns = self.pixels.shape
        top = int((y - reach) / self.spacing + (rows - 1) / 2)
        left = int((x - reach) / self.spacing + (columns - 1) / 2)
        size = int(2 * reach / self.spacing) + 3
        return (
            slice(min(max(top, 0), rows), min(max(top + size, 0), rows)),
            slice(min(max(left, 0), columns), min(max(left + size, 0), columns)),
        )

    def blob(
        self,
        value: float,
        centre: tuple[float, float],
        radii: tuple[float, float],
        *,
        angle: float = 0.0,
        power: float = 2.0,
        edge: float = 1.0,
        opacity: float = 1.0,
    ) -> None:
        """Paint a filled ellipse; `edge` is the width in millimetres over which it fades into what lies below."""
        rows, columns = self.box(*centre, max(radii) * 1.1 + edge)
        distance = radius_in_ellipse(self.x[:, columns] - centre[0], self.y[rows] - centre[1], radii, angle, power)
        alpha = np.clip((1.0 - distance) * (min(radii) / edge) + 0.5, 0.0, 1.0) * opacity
        part = self.pixels[rows, columns]
        part += alpha * (value - part)

    def solid(self, solid: Solid, z: float, value: float) -> None:
        """Paint the cross-section of a solid at height z."""
        scale = solid.shrink(z)
        if scale > 0.05:
            radii = (solid.rx * scale, solid.ry * scale)
            self.blob(
                value, (solid.x, solid.y), radii,
                angle=solid.angle, power=solid.power, edge=solid.edge, opacity=solid.opacity,
            )  # fmt: skip

    def paint(self, value: float | FloatImage, alpha: FloatImage) -> None:
        """Blend a value over the whole image by an alpha map in 0..1."""
        self.pixels += alpha * (value - self.pixels)


def radius_in_ellipse(
    x: FloatImage, y: FloatImage, radii: tuple[float, float], angle: float = 0.0, power: float = 2.0
) -> FloatImage:
    """Return the distance from the centre in units of the half axes: 1 on the outline. `angle` is in degrees."""
    if angle:
        turn = np.deg2rad(np.float32(angle))
        x, y = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    if power == 2.0:
        circle: FloatImage = np.hypot(x / radii[0], y / radii[1])
        return circle
    total: FloatImage = np.abs(x / radii[0]) ** power + np.abs(y / radii[1]) ** power
    return np.power(total, np.float32(1.0 / power))


def ramp(values: FloatImage | np.float32, start: float, stop: float) -> FloatImage:
    """Return 0 at `start`, 1 at `stop` and a straight line between, for soft masks."""
    return np.clip(np.asarray((values - start) / (stop - start), dtype=np.float32), 0.0, 1.0)
