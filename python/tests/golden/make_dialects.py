"""Writes a framework's part of dialects.json: what its initializers ask their generators for.

Run once for each, with that framework installed (no two need be in one environment):
python python/tests/golden/make_dialects.py torch|jax|mlx|mxnet
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import dialect_recorders  # noqa: E402

framework = sys.argv[1]
path = HERE / "dialects.json"
golden = json.loads(path.read_text()) if path.exists() else {}
golden[framework] = getattr(dialect_recorders, f"record_{framework}")()
lines = []
for name, part in sorted(golden.items()):
    inner = []
    for key, value in part.items():
        rows = value if isinstance(value, list) else None
        text = json.dumps(value) if rows is None else (
            "[\n" + ",\n".join("   " + json.dumps(row) for row in rows) + "\n  ]"
        )  # fmt: skip
        inner.append(f"  {json.dumps(key)}: {text}")
    lines.append(f" {json.dumps(name)}: {{\n" + ",\n".join(inner) + "\n }")
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
