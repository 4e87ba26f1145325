"""T2* and susceptibility-weighted imaging are two sequences: which of them a report names, and what answers it."""

import pytest

from tests.unit.gateway.test_fitness import missed, mr


@pytest.mark.parametrize(
    ("report", "series", "names"),
    [
        ("MRT Schädel: T1, T2*", ("t1", "t2 tse"), "T2*"),
        ("MRT Schädel: T1, T2-Stern", ("t1", "t2 tse"), "T2*"),
        ("MRT Schädel: T1 SE, Gradientenecho", ("t1", "t2 tse"), "T2*"),
        ("MRI brain: T1, T2 star, SWI", ("t1", "t2 tse"), "SWI, T2*"),
        ("MRI brain: T1 SE, axial GRE", ("t1", "t2 tse"), "T2*"),
        ("RM cerebral: T1, T2, eco de gradiente", ("t1", "t2 tse"), "T2*"),
        ("RM cerebral: T1, secuencia de susceptibilidad", ("t1", "t2 tse"), "SWI"),
        ("头颅MRI：T1WI、T2WI、T2*WI、磁敏感加权", ("t1", "t2"), "SWI, T2*"),
        ("头颅MRI：T1WI、T2WI、梯度回波序列", ("t1", "t2"), "T2*"),
        ("MRI brain: T1, T2*", ("t1", "t2_swi3d"), ""),
        ("MRI brain: T1, SWI", ("t1", "t2_fl2d_tra_hemo"), "SWI"),
        ("MRI brain: T1, T2*", ("t1_gre", "t1_fl2d"), "T2*"),
        ("MRI brain: T1, T2*", ("t1", "Ax 2D GRE"), ""),
        ("MRI brain: T1, T2, T2*", ("t1", "t2 star"), "T2"),
        ("MRT Abdomen: T2, 3D-GRE (VIBE), GRE in- und opposed-phase", ("t2 haste",), ""),
    ],
)
def test_t2_star_and_swi_are_missed_each_by_its_own_name(report, series, names) -> None:
    assert missed(report, mr(*series)) == names
