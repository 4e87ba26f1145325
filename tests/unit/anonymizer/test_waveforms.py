"""What becomes of a waveform: its samples stay, the names of its leads too, what was written on it is vouched for."""

from pydicom import Dataset
from pydicom.uid import TwelveLeadECGWaveformStorage

from tests.unit.anonymizer.content_trees import code, report

SAMPLES = bytes(range(64)) * 4


def annotation(text: str) -> Dataset:
    found = Dataset()
    found.ReferencedWaveformChannels, found.AnnotationGroupNumber, found.UnformattedTextValue = [1, 0], 0, text
    return found


def ecg(*texts: str) -> Dataset:
    ds = report(sop_class=TwelveLeadECGWaveformStorage)
    for keyword in ("ContentSequence", "ValueType", "ContinuityOfContent", "CompletionFlag", "VerificationFlag"):
        delattr(ds, keyword)
    channel, group = Dataset(), Dataset()
    channel.ChannelSourceSequence, channel.ChannelSensitivity = [code("5.6.3-9-1", "SCPECG", "Lead I (Einthoven)")], "1"
    channel.WaveformBitsStored, channel.ChannelLabel = 16, "Wergeltok"
    group.WaveformOriginality, group.NumberOfWaveformChannels, group.NumberOfWaveformSamples = "ORIGINAL", 1, 128
    group.SamplingFrequency, group.ChannelDefinitionSequence = "500", [channel]
    group.WaveformBitsAllocated, group.WaveformSampleInterpretation = 16, "SS"
    group.add_new("WaveformData", "OW", SAMPLES)
    ds.Modality, ds.WaveformSequence = "ECG", [group]
    ds.WaveformAnnotationSequence = [annotation(text) for text in texts]
    return ds


def test_the_samples_and_the_leads_stay(clean):
    result = clean(ecg("normal sinus rhythm"))
    (group,) = result.ds.WaveformSequence
    assert group.WaveformData == SAMPLES
    source = group.ChannelDefinitionSequence[0].ChannelSourceSequence[0]
    assert (source.CodeValue, source.CodingSchemeDesignator, source.CodeMeaning) == (
        "5.6.3-9-1", "SCPECG", "Lead I (Einthoven)",
    )  # fmt: skip
    assert b"ergeltok" not in result.data
    assert result.report.options[-1] == "clean-structured-content"


def test_a_text_of_the_acquisition_context_goes_as_it_does_from_images(clean):
    context = Dataset()
    context.ValueType, context.ConceptNameCodeSequence, context.TextValue = "TEXT", [code("1", "99X", "Chest")], "Chest"
    original = ecg()
    original.AcquisitionContextSequence = [context]
    assert not clean(original).ds.get("AcquisitionContextSequence")


def test_what_was_written_on_the_curve_is_vouched_for(clean):
    ds = clean(ecg("normal sinus rhythm", "seen by Vögelein or Wergeltok", "Wergeltok")).ds
    assert [each.UnformattedTextValue for each in ds.WaveformAnnotationSequence] == [
        "normal sinus rhythm", "seen by [name] or [...]", "REMOVED",
    ]  # fmt: skip
