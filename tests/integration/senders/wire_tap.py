"""What a sender says on the wire, and what lies in the spool after it."""

import os
import re
import socket
import subprocess
import threading
from collections import Counter

from pydicom import dcmread
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, RLELossless

NAMES = ["-aet", "NORTH", "-aec", "OVERREAD"]
_META_LENGTH_END = 144  # preamble, prefix and group length (PS3.10 section 7.1)
COMPRESSED = [JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless]


class Tap:
    """A relay between a sender and the door that keeps what the sender says."""

    def __init__(self, port):
        self._target = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._said = []
        self._threads = []
        threading.Thread(target=self._accept, daemon=True).start()

    def data_sets(self):
        """Return the data sets of all C-STOREs that came through, whole ones only."""
        for thread in self._threads:
            thread.join(60)
        return [found for said in self._said for found in self._read(bytes(said))]

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target))
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._said.append(bytearray())
            for source, sink, kept in ((client, server, self._said[-1]), (server, client, None)):
                thread = threading.Thread(target=self._relay, args=(source, sink, kept), daemon=True)
                thread.start()
                self._threads.append(thread)

    @staticmethod
    def _relay(source, sink, kept):
        try:
            while data := source.recv(1 << 16):
                if kept is not None:
                    kept += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()

    @staticmethod
    def _read(said):
        found, current, at = [], bytearray(), 0
        while at + 6 <= len(said):
            end = at + 6 + int.from_bytes(said[at + 2 : at + 6], "big")
            item = at + 6
            while said[at] == 4 and item < min(end, len(said)):
                length = int.from_bytes(said[item : item + 4], "big")
                control = said[item + 5]
                if not control & 1:
                    current += said[item + 6 : item + 4 + length]
                    if control & 2:
                        found.append(bytes(current))
                        current.clear()
                item += 4 + length
            at = end
        return found


def run(program, *arguments, timeout=120, **environment):
    return subprocess.run(
        [program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
        env=os.environ | environment,
    )


def spooled(node):
    """Return (data set, transfer syntax) of everything in the spool; the data sets may be what no library can read."""
    found = []
    for entry in node.spool.entries():
        with node.spool.open(entry)[1] as stream:
            payload = stream.read()
        end = _META_LENGTH_END + int.from_bytes(payload[_META_LENGTH_END - 4 : _META_LENGTH_END], "little")
        syntax = re.search(rb"\x02\x00\x10\x00UI..([0-9.]+)", payload[:end], re.DOTALL)
        found.append((payload[end:], syntax.group(1).decode()))
    return found


def litter(node):
    return list((node.spool.root / "tmp").iterdir())


def syntax_of(path):
    return str(dcmread(path, stop_before_pixels=True, specific_tags=[]).file_meta.TransferSyntaxUID)


def assert_as_sent(node, wire, paths):
    found = spooled(node)
    assert Counter(data for data, _ in found) == Counter(wire.data_sets())
    assert len(found) == len(paths)
    assert compressed(syntax for _, syntax in found) == compressed(map(syntax_of, paths))
    assert litter(node) == []


def compressed(syntaxes):
    """Count the compressed syntaxes; senders may turn the uncompressed ones into each other."""
    return Counter(syntax for syntax in syntaxes if syntax in COMPRESSED)
