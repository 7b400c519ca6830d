"""The training status of the simulated app's model. Kore.ai API, "ML Utterance Train Status"."""

from koregate.simulator.scenario import Training

_PARTS = ("Sentences", "Synonyms", "Mlparams", "Traits", "SmallTalk", "UBTraining")
_PARTS_WHEN_FINISHED = (*_PARTS, "EntityNode", "IntentNode", "Patterns", "BTUtterances")


def training_status(training: Training, elapsed: float) -> dict[str, object]:
    """The JSON of the reply, that many seconds after the first request."""
    in_progress = elapsed < training.seconds
    word = "Inprogress" if in_progress else training.status
    parts = _PARTS_WHEN_FINISHED if word == "Finished" else _PARTS
    named = [*parts, *(part for part in training.out_of_sync if part not in parts)]
    flags = {f"isMlInSyncWith{part}": part not in training.out_of_sync for part in named}
    details = {"trainDetails": {"nlpVersion": 3, "trainVersion": 3}} if word == "Finished" else {}
    return {"trainingStatus": word, **flags, **details, **training.changes}
