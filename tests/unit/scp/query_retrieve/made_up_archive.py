"""An archive that is a list, and what a workstation asks it."""

from pydicom import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from config.errors import Malformed, NotFound
from scp.retrieval import Destination, Match, Retrievable

STUDY_FIND, STUDY_MOVE, STUDY_GET = (f"1.2.840.10008.5.1.4.1.2.2.{number}" for number in (1, 2, 3))
VERIFICATION = "1.2.840.10008.1.1"


class ListArchive:
    """An archive of made-up instances; it remembers what it was asked."""

    def __init__(self):
        self.matches = [self.match(number) for number in range(3)]
        self.instances = []
        self.destinations = {}
        self.asked = []
        self.combined = []
        self.closed = False
        self.padding = b""

    @staticmethod
    def match(number):
        answer = Dataset()
        answer.QueryRetrieveLevel, answer.StudyInstanceUID = "STUDY", f"2.25.{number}"
        return Match(answer, complete=True)

    @staticmethod
    def instance(number, syntax=ExplicitVRLittleEndian, obtainable=(ExplicitVRLittleEndian,)):
        return Retrievable(str(CTImageStorage), f"2.25.{number}", str(syntax), frozenset(map(str, obtainable)), "")

    def find(self, workstation, identifier, *, fuzzy, combined=False):
        self.asked.append((workstation, identifier.level, dict(identifier.unique), fuzzy))
        self.combined.append(combined)
        yield from self.matches

    def select(self, workstation, identifier, operation, destination):
        self.asked.append((workstation, operation, dict(identifier.unique), destination))
        return self.instances

    def destination(self, workstation, ae_title):
        if ae_title not in self.destinations:
            raise NotFound("none")
        return Destination(ae_title, "127.0.0.1", self.destinations[ae_title])

    def data_set(self, instance, transfer_syntax_uid):
        if instance.key == "broken":
            raise Malformed("cannot be decoded")
        return iter([encoded(instance.sop_instance_uid), self.padding])

    def close(self):
        self.closed = True


def encoded(uid):
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.PatientID = CTImageStorage, uid, "OVR-AAAA"
    target = DicomBytesIO()
    target.is_little_endian, target.is_implicit_VR = True, False
    write_dataset(target, dataset)
    return target.getvalue()


def identifier(**elements):
    dataset = Dataset()
    dataset.QueryRetrieveLevel = "STUDY"
    dataset.StudyInstanceUID = ""
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def statuses(responses):
    return [status.Status for status, _ in responses]
