"""One training: from the faces to the finished run folder."""

from __future__ import annotations

import dataclasses
import importlib.util
from collections.abc import Callable
from typing import Any

from lightning.pytorch.callbacks import Callback

from mien import nets
from mien.settings import Settings
from mien.training.augment import Augmentation, Mixing
from mien.training.batches import Batches
from mien.training.callbacks import Checkpoints, MetricsLog, Progress
from mien.training.distributed import Processes, computing_with
from mien.training.learner import Learner
from mien.training.material import Material
from mien.training.provenance import commit, computed_on, versions
from mien.training.record import BestEpoch, RunRecord, TrainedOn
from mien.training.run import FILES, Run, keep
from mien.training.silence import quiet
from mien.training.trainer import LIGHTNING, compile_if_faster, explained_failures, make_trainer

VALIDATION_BATCH = 256
"""Faces in a validation batch; it needs no gradients, so it may be larger than in training."""

Say = Callable[[str], None]
"""Called with sentences for the user."""


@dataclasses.dataclass(frozen=True)
class Session:
    """One training, with everything that it needs."""

    run: Run
    settings: Settings
    material: Material
    processes: Processes
    say: Say
    watch: Callback | None

    def fit(self, saved: dict[str, Any] | None = None) -> None:
        """Train to the end, after the saved epoch if there is one, and write the record.

        Parameters
        ----------
        saved
            What `Checkpoints` saved after the last finished epoch.
        """
        with computing_with(self.settings.train.threads):
            self._fit(saved)

    def _fit(self, saved: dict[str, Any] | None) -> None:
        settings, material, device = self.settings.train, self.material, self.processes.device
        checkpoints = Checkpoints(
            self.run, settings.monitor, material.training.sha256, material.vote_shares()
        )
        trainer = make_trainer(settings, self._callbacks(checkpoints), self.run, device)
        if material.teacher:
            material.teacher.to(device)
        batches = self._batches(lambda: trainer.current_epoch)
        learner = Learner(
            settings,
            len(batches) * settings.epochs,
            material.shares(),
            material.initial,
            material.teacher,
            self.processes,
        )
        with quiet(*LIGHTNING):
            if not compile_if_faster(learner, settings):
                self.say("Found no C++ compiler: training without torch.compile.")
        if saved and saved["stopped"]:
            checkpoints.load_state_dict(saved)
        else:
            validation = Batches(
                material.validation, VALIDATION_BATCH, device, processes=self.processes
            )
            with explained_failures(self.run, settings), quiet(*LIGHTNING):
                trainer.fit(
                    learner,
                    batches,
                    validation,
                    ckpt_path=self.run.last if saved else None,
                    weights_only=True,
                )
        if self.processes.first:
            self._finish(self._record(learner, checkpoints))

    def _callbacks(self, checkpoints: Checkpoints) -> list[Callback]:
        log: list[Callback] = [MetricsLog(self.run)] if self.processes.first else []
        watch = self.watch
        if watch is None:
            name = self.material.validated_on.short_name
            watch = Progress(self.settings.train.net, name)
        return [*log, watch, checkpoints]

    def _batches(self, epoch: Callable[[], int]) -> Batches:
        settings = self.settings.train
        return Batches(
            self.material.training,
            settings.batch_size,
            self.processes.device,
            Augmentation.of(settings),
            settings.seed,
            epoch,
            self.material.votes,
            self.processes,
            Mixing.of(settings),
        )

    def _finish(self, record: RunRecord) -> None:
        """Draw the curves, then write the record, which marks the run as finished."""
        if importlib.util.find_spec("matplotlib"):
            from mien.figures import draw_training, save

            best = record.best.epoch
            figure = draw_training(self.run.rows(), self.settings.train.net, best)
            keep(self.run.curves, lambda part: save(figure, part, ".png"))
        else:
            self.say("matplotlib is not installed, so no curves were drawn; see metrics.csv.")
        text = record.to_json()
        keep(self.run.record_file, lambda part: part.write_text(text, encoding="utf-8"))

    def _record(self, learner: Learner, checkpoints: Checkpoints) -> RunRecord:
        settings, material = self.settings.train, self.material
        spec, classes = settings.input_spec, material.training.vocabulary
        # The record names files without their folders.
        files = {name: path.name for name in FILES if (path := getattr(settings, name))}
        provenance = {
            "commit": commit(),
            "versions": versions(),
            "computed_on": computed_on(self.processes.device),
        }
        recipe = settings.model_dump(mode="json", exclude={"out", "name", *FILES})
        return RunRecord(
            architecture=settings.net,
            parameters=nets.parameters(learner.net),
            macs=nets.macs(learner.net, spec),
            classes=classes.to_list(),
            input=spec.to_dict(),
            data=TrainedOn(
                name=self._data_name(),
                sha256=material.training.sha256,
                train=material.training.counts(),
                validation=material.validation.counts(),
            ),
            recipe=recipe | files | provenance,
            seeds=[settings.seed],
            selection=f"{material.validated_on}: the epoch with the best {settings.monitor}",
            validation=material.validated_on,
            best=BestEpoch(epoch=checkpoints.best_epoch + 1, **checkpoints.best_metrics),
            weights_sha256=self.run.weights_sha256(),
        )

    def _data_name(self) -> str:
        if self.material.is_fer2013:
            return "FER-2013"
        return "unnamed data" if self.settings.data is None else self.settings.data.name
