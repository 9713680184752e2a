"""Event files for TensorBoard."""

import os
import time
from typing import Any

import numpy as np

from ._callback import Callback, Logs


class TensorBoard(Callback):
    """Writes loss, metrics and the learning rate into event files for TensorBoard.

    Needs the package tensorboard. Files lie in ``log_dir/train`` and ``log_dir/validation``.

    Parameters
    ----------
    log_dir : path
    histogram_freq : int
        Every so many epochs histograms of the weights; 0 for none.
    write_graph : bool
        Whether to write the model's configuration, which TensorBoard draws.
    write_steps_per_second : bool
    update_freq : "epoch", "batch" or int
        Every so many batches their logs too.
    write_images, profile_batch, embeddings_freq, embeddings_metadata
        As in Keras; only the defaults.

    Raises
    ------
    ImportError
        If the package tensorboard is not installed.
    NotImplementedError
        For other values of the last four.
    """

    def __init__(
        self,
        log_dir: Any = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: str | int = "epoch",
        profile_batch: int = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        super().__init__()
        unused = {
            "write_images": write_images,
            "profile_batch": profile_batch,
            "embeddings_freq": embeddings_freq,
            "embeddings_metadata": embeddings_metadata,
        }
        for name, value in unused.items():
            if value:
                raise NotImplementedError(f"`{name}` is not implemented. Received: {name}={value}")
        self.log_dir = os.fspath(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        if self.update_freq == "epoch":
            self._idle_hooks = (TensorBoard.on_train_batch_begin, TensorBoard.on_train_batch_end)
        self._writers: dict[str, _Writer] = {}
        self._batches = 0
        self._batch_start = 0.0
        self._epoch_start = (0.0, 0)

    def set_model(self, model: Any) -> None:
        """Begin new files, with the model's configuration."""
        super().set_model(model)
        self._close()
        if self.write_graph and getattr(model, "built", False):
            self._writer("train").add_model(model.to_json())

    def on_train_begin(self, logs: Logs = None) -> None:
        """Count from 0."""
        self._batches = 0

    def on_train_end(self, logs: Logs = None) -> None:
        """Close the files."""
        self._close()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Take the time."""
        self._epoch_start = (time.perf_counter(), int(self.model.optimizer.iterations))

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write what the epoch gave."""
        train = {k: v for k, v in (logs or {}).items() if not k.startswith("val_")}
        validation = {k[4:]: v for k, v in (logs or {}).items() if k.startswith("val_")}
        train["learning_rate"] = float(np.float32(self.model.optimizer.learning_rate))
        if self.write_steps_per_second:
            start, iterations = self._epoch_start
            steps = int(self.model.optimizer.iterations) - iterations
            train["steps_per_second"] = steps / (time.perf_counter() - start)
        for part, values in (("train", train), ("validation", validation)):
            for name, value in values.items():
                self._writer(part).add_scalar(f"epoch_{name}", value, epoch)
        if self.histogram_freq and epoch % self.histogram_freq == 0:
            self._write_histograms(epoch)
        for writer in self._writers.values():
            writer.flush()

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Take the time."""
        self._batches += 1
        self._batch_start = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Write the means so far."""
        if self.update_freq == "epoch" or self._batches % int(self.update_freq):
            return
        values = {f"batch_{name}": value for name, value in (logs or {}).items()}
        if self.write_steps_per_second:
            values["batch_steps_per_second"] = 1 / (time.perf_counter() - self._batch_start)
        for name, value in values.items():
            self._writer("train").add_scalar(name, value, self._batches)

    def on_test_end(self, logs: Logs = None) -> None:
        """Write what an evaluation gave."""
        step = int(self.model.optimizer.iterations)
        for name, value in (logs or {}).items():
            self._writer("validation").add_scalar(f"evaluation_{name}_vs_iterations", value, step)

    def _write_histograms(self, epoch: int) -> None:
        for layer in self.model.layers:
            for variable in layer.variables:
                tag = f"{variable.path}/histogram"
                self._writer("train").add_histogram(tag, variable.value, epoch)

    def _writer(self, part: str) -> "_Writer":
        if part not in self._writers:
            self._writers[part] = _Writer(os.path.join(self.log_dir, part))
        return self._writers[part]

    def _close(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._writers = {}


class _Writer:
    """An event file, with the summaries that TensorFlow's `tf.summary` writes.

    Parameters
    ----------
    directory : str
    """

    def __init__(self, directory: str) -> None:
        try:
            from tensorboard.summary.writer.event_file_writer import EventFileWriter
        except ImportError as error:
            raise ImportError(
                "callbacks.TensorBoard needs the package tensorboard: pip install tensorboard"
            ) from error
        self._file = EventFileWriter(directory)
        self.flush = self._file.flush
        self.close = self._file.close

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        from tensorboard.plugins.scalar import metadata

        self._add(tag, np.float32(value), metadata.create_summary_metadata("", ""), step)

    def add_histogram(self, tag: str, values: Any, step: int) -> None:
        from tensorboard.plugins.histogram import metadata

        counts, edges = np.histogram(values, bins=30)
        if np.ptp(values) == 0:  # as TensorFlow does: no width, and all in the last
            edges = np.full(31, values.flat[0])
            counts = np.repeat([0, values.size], [29, 1])
        buckets = np.column_stack([edges[:-1], edges[1:], counts]).astype(np.float64)
        self._add(tag, buckets, metadata.create_summary_metadata("", ""), step)

    def add_model(self, json: str) -> None:
        from tensorboard.compat.proto.summary_pb2 import SummaryMetadata

        plugin = SummaryMetadata.PluginData(plugin_name="graph_keras_model", content=b"1")
        self._add("keras", json.encode(), SummaryMetadata(plugin_data=plugin), 0)

    def _add(self, tag: str, data: Any, metadata: Any, step: int) -> None:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.util.tensor_util import make_tensor_proto

        value = Summary.Value(tag=tag, metadata=metadata, tensor=make_tensor_proto(data))
        event = Event(wall_time=time.time(), step=step, summary=Summary(value=[value]))
        self._file.add_event(event)
