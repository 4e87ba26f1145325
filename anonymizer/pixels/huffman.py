"""Huffman tables of JPEG (ITU-T T.81, B.2.4.2 and annex C): look symbols up, and add some without moving a code.

Codes are handed out by length, and the one of all ones is never given away (C.2). So a symbol that a table lacks can
get a longer code behind the others, and what was written with the table before still reads the same.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

LONGEST = 16


class HuffmanTable:
    """Hold a table; `lengths` and `codes` say for each symbol how many bits its code has, and which."""

    def __init__(self, counts: bytes, symbols: bytes) -> None:
        """Read the number of codes of each length from 1 to 16, and the symbols; raises ValueError for no table."""
        if len(counts) != LONGEST or sum(counts) != len(symbols) or len(set(symbols)) != len(symbols) or not symbols:
            raise ValueError("not a Huffman table")
        self.counts, self.symbols = list(counts), list(symbols)
        self.lengths: dict[int, int] = {}
        self.codes: dict[int, int] = {}
        code, place = 0, 0
        for length, count in enumerate(self.counts, 1):
            for symbol in self.symbols[place : place + count]:
                self.lengths[symbol], self.codes[symbol] = length, code
                code += 1
            place += count
            if code >= 1 << length and place:  # more codes than there are, or the one of all ones
                raise ValueError("not a Huffman table")
            code <<= 1

    def with_symbols(self, wanted: Iterable[int]) -> "HuffmanTable":
        """Return a table with these symbols, too; raises ValueError where there is no room for them."""
        counts, symbols = list(self.counts), list(self.symbols)
        for symbol in sorted(set(wanted) - set(symbols)):
            longest = max(length for length, count in enumerate(counts, 1) if count)
            counts[min(longest + 1, LONGEST) - 1] += 1
            symbols.append(symbol)
        return HuffmanTable(bytes(counts), bytes(symbols))

    def steps(self, extra: dict[int, int], invalid: int) -> list[int]:
        """Return for every 16 bits what their first symbol means: `extra` of it plus the length of its code."""
        table: NDArray[np.int64] = np.full(1 << LONGEST, invalid, np.int64)
        for symbol, length in self.lengths.items():
            begin = self.codes[symbol] << LONGEST - length
            table[begin : begin + (1 << LONGEST - length)] = extra.get(symbol, invalid - length) + length
        return [int(value) for value in table.tolist()]

    def body(self) -> bytes:
        """Return the table as a DHT segment holds it, behind its class and number."""
        return bytes(self.counts) + bytes(self.symbols)


def table_of(body: bytes) -> HuffmanTable:
    """Return the table that a DHT segment holds so; raises ValueError where it is none."""
    return HuffmanTable(body[:LONGEST], body[LONGEST:])
