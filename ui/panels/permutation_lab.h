// The first experiment a lecturer shows: shuffle the input array and ask again, with the positions travelling along,
// left behind, and taken away; of a cloud, with its points shuffled and with its points moved.
#pragma once

#include <QWidget>
#include <map>
#include <vector>

#include "ui/panels/arm_card.h"
#include "ui/state/state.h"

namespace perceiver::ui {

class ShuffleControls;

class PermutationLab final : public QWidget {
    Q_OBJECT
  public:
    explicit PermutationLab(State&, QWidget* parent = nullptr);

    void setLow(bool);  ///< for a window with little height
    void newSeed();
    QString armText(api::Arm) const;
    ArmCard* card(api::Arm arm) const { return cards_.at(arm); }

  protected:
    void showEvent(QShowEvent*) override;
    void hideEvent(QHideEvent*) override;

  private:
    void refresh();
    void fill(api::Arm);
    QStringList lines(const api::PermutationResult&) const;
    std::vector<QImage> pictures(const api::PermutationResult&) const;
    void flyTo(api::Arm, const api::PermutationResult&);

    State& state_;
    std::vector<QImage> inOrder_;  ///< the input as the model receives it
    ShuffleControls* controls_;
    ArmCard* plain_;
    std::map<api::Arm, ArmCard*> cards_;
    std::map<api::Arm, std::pair<api::JobId, api::ShuffleOptions>> flown_;  ///< the shuffle each card showed last
};

}  // namespace perceiver::ui
