# Copyright 2024 NXP
#
# SPDX-License-Identifier: Apache-2.0
#

from enum import Enum

class PolicySourceType(Enum):
    """
    All policy sources.
    """

    DEFAULT         = 1
    CUSTOM          = 2