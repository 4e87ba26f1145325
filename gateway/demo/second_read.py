"""What the demo's reader writes about the sample CT of the head."""

from typing import Any

SECOND_READ: dict[str, Any] = {
    "findings": (
        "Rounded hyperdense focus in the right frontal lobe, 12 x 14 mm, about 65 HU, with a thin hypodense rim.\n"
        "No intraventricular blood, no extra-axial collection, no midline shift. Basal cisterns open.\n"
        "Ventricles and sulci appropriate for age. No fracture in the bone window."
    ),
    "impression": (
        "1. Small acute right frontal intraparenchymal haemorrhage without mass effect; no surgical target.\n"
        "2. The rim and position leave room for an underlying lesion: cavernoma or haemorrhagic metastasis."
    ),
    "recommendation": "MRI with susceptibility-weighted and contrast-enhanced sequences within 48 hours.",
    "agreement": "minor",
    "radpeer": "2a",
    "diagnosis_changed": False,
    "treatment_changed": True,
    "key_images": [],
}
